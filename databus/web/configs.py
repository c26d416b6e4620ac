"""The configurations of the clients, read again when they have changed."""

import threading
from contextlib import suppress

from databus.client.config_loader import LoadedConfig
from databus.database.abstract_database import AbstractDatabase
from databus.database.plain_passwords import hash_stored_passwords
from databus.database.records import CONFIG
from databus.errors import ConfigMissing, NotFound, Problem, StoreError
from databus.operating.clients import ReadClient, StoredConfig, read_configs
from databus.timestamps import utc_now


class Configs:
    """Remembers of each client the configuration that it read last. Plug-ins are not imported for it.

    Plain passwords in what it has not read before are replaced by hashes in the database, too.
    """

    def __init__(self, database: AbstractDatabase) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, ReadClient]] = {}
        self._good: dict[str, LoadedConfig] = {}

    def of(self, client_id: str) -> ReadClient:
        """Return a client's configuration as it is now, or what is wrong with it.

        Raises:
            NotFound: There is no such client.
        """
        try:
            document = self._database.read_document(client_id, CONFIG)
        except ConfigMissing as error:
            problem = Problem(f"{client_id}/{CONFIG}", "", str(error))
            return ReadClient(client_id=client_id, loaded=None, problems=[problem])
        known = self._known.get(client_id)
        if known is not None and known[0] == document.version:
            return known[1]
        with suppress(StoreError):  # the page shows as well what cannot be written now
            hash_stored_passwords(self._database, client_id, clock=utc_now)
            document = self._database.read_document(client_id, CONFIG)
        stored = StoredConfig(client_id, f"{client_id}/{CONFIG}", document.content)
        for read in read_configs([stored], check_plugins=False):
            with self._lock:
                self._known[client_id] = document.version, read
                if read.loaded is not None:
                    self._good[client_id] = read.loaded
            return read
        raise NotFound(f"There is no client {client_id}.")

    def good(self, client_id: str) -> LoadedConfig | None:
        """Return a client's configuration, or the last one that could be used; None where there never was one.

        Raises:
            NotFound: There is no such client.
        """
        return self.of(client_id).loaded or self._good.get(client_id)
