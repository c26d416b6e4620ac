"""The clients and their configurations, kept up to date with what people write."""

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from databus.client.client import Client
from databus.client.config import RouteConfig
from databus.client.config_loader import LoadedConfig
from databus.client.config_reading import LIMIT, ConfigReading
from databus.client.configured_client import to_client
from databus.client.log import Log, LogEntry, MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.plain_passwords import hash_stored_passwords
from databus.database.records import CONFIG
from databus.driver.log_writer import LogWriter
from databus.errors import ConfigError, NotFound, Problem, StoreError, StoreUnreachable

RETRY_BROKEN = timedelta(seconds=30)
"""A configuration may be broken by a plug-in that somebody is mending: it is tried again though it did not change."""

_logger = logging.getLogger("databus")


@dataclass(slots=True)
class KnownClient:
    """A client as it was last read.

    Attributes:
        loaded: Its last good configuration; None if there never was one.
        problems: What is wrong with the present one; empty if nothing is.
        version: Of the present one.
        checked: When that was read.
        reading: The reading of the present one while it is under way; until its end the last good one counts.
    """

    client_id: str
    version: str
    checked: datetime
    loaded: LoadedConfig | None = None
    problems: list[Problem] = field(default_factory=list)
    reading: ConfigReading | None = None

    @property
    def client(self) -> Client:
        """The client object that observers and plug-ins know.

        Raises:
            ConfigError: It never had a good configuration.
        """
        return to_client(self.client_id, self.good.config)

    @property
    def good(self) -> LoadedConfig:
        """Its last good configuration.

        Raises:
            ConfigError: There never was one.
        """
        if self.loaded is None:
            raise ConfigError(self.problems)
        return self.loaded

    def route(self, passenger_module: str) -> RouteConfig:
        """Return a route by name.

        Raises:
            NotFound: There is no such route; the text names those that there are.
        """
        config = self.good.config
        if (route := config.route(passenger_module)) is not None:
            return route
        names = ", ".join(route.name for route in config.passengers) or "none"
        raise NotFound(f"client {self.client_id} has no passenger {passenger_module}; it has {names}")


class ClientDirectory:
    """Reads configurations when they changed, and keeps the last good one of each client.

    Args:
        environ: Where ``${NAME}`` is looked up.
        limit: Seconds after which a reading that goes on is a problem of its client.
    """

    def __init__(
        self, database: AbstractDatabase, environ: Mapping[str, str] = os.environ, *, limit: float = LIMIT
    ) -> None:
        self._database = database
        self._environ = environ
        self._limit = limit
        self._known: dict[str, KnownClient] = {}

    def refresh(self, *, now: datetime, patience: float = LIMIT) -> dict[str, KnownClient]:
        """Read what changed since the last time; return all clients by id.

        A new problem is also told to the operator, and written into a log of its client. A reading that takes longer
        goes on by itself, and counts from the refresh after its end.

        Raises:
            StoreError: The clients cannot be listed, or the database does not answer any more.

        Args:
            patience: Seconds that readings which begin now are waited for, all together.
        """
        until = time.monotonic() + patience
        versions = self._database.clients()
        for client_id, version in versions.items():
            try:
                known = self._up_to_date(client_id, version, now, until)
                if known is not None:
                    self._settle(known, now)
            except StoreUnreachable:  # no client's fault
                raise
            except StoreError as error:  # this client only: its file may be unreadable, or its folder full
                self._note_unusable(client_id, version, now, error)
        self._known = {client_id: known for client_id, known in self._known.items() if client_id in versions}
        return dict(self._known)

    def get(self, client_id: str) -> KnownClient:
        """Return a client as of the last refresh.

        Raises:
            NotFound: There is no such client.
        """
        if client_id not in self._known:
            names = ", ".join(sorted(self._known)) or "none"
            raise NotFound(f"there is no client {client_id}; there is {names}")
        return self._known[client_id]

    def _up_to_date(self, client_id: str, version: str, now: datetime, until: float) -> KnownClient | None:
        known = self._known.get(client_id)
        if known is not None and known.version == version and not _is_worth_another_try(known, now):
            return known
        try:
            hash_stored_passwords(self._database, client_id, clock=lambda: now)
            document = self._database.read_document(client_id, CONFIG)
        except NotFound:
            return None  # deleted since it was listed
        file = f"{client_id}/{CONFIG}"
        begun = self._next(client_id, document.version, now, Problem(file, "", "its plug-ins are still being imported"))
        begun.reading = ConfigReading(document.content, file=file, environ=self._environ, limit=self._limit)
        begun.reading.wait(until - time.monotonic())
        self._known[client_id] = begun
        return begun

    def _next(self, client_id: str, version: str, now: datetime, problem: Problem) -> KnownClient:
        """Return a client of a new version, with what is known of it before that is read, or else that problem."""
        before = self._known.get(client_id)
        if before is None:
            return KnownClient(client_id, version, now, problems=[problem])
        return KnownClient(client_id, version, now, before.loaded, before.problems)

    def _settle(self, known: KnownClient, now: datetime) -> None:
        """Take over what the reading gave, if there is any; then it begins anew only for another version or try."""
        if known.reading is None or not known.reading.is_settled:
            return
        reading = None if known.reading.is_over else known.reading  # what hangs may come back
        try:
            settled = replace(known, loaded=known.reading.result(), problems=[], reading=reading, checked=now)
        except ConfigError as error:
            settled = replace(known, problems=error.problems, reading=reading, checked=now)
        self._known[known.client_id] = settled  # a new object, because drives hold the old one
        if settled.problems and settled.problems != known.problems:
            self._log(known.client_id, settled.problems)

    def _note_unusable(self, client_id: str, version: str, now: datetime, error: StoreError) -> None:
        problem = Problem(f"{client_id}/{CONFIG}", "", str(error))
        known = self._next(client_id, version, now, problem)
        if client_id not in self._known or known.problems != [problem]:
            _logger.error("%s", problem)
        known.problems = [problem]
        self._known[client_id] = known

    def _log(self, client_id: str, problems: list[Problem]) -> None:
        log = Log()
        for problem in problems:
            _logger.error("%s", problem)
            log.append_entry(LogEntry(f"Configuration: {problem}", type=MessageType.error, source=__name__))
        writer = LogWriter(self._database, log, client_id=client_id, passenger_module="", secrets=frozenset())
        writer.flush()


def _is_worth_another_try(known: KnownClient, now: datetime) -> bool:
    return known.reading is None and bool(known.problems) and not timedelta(0) <= now - known.checked < RETRY_BROKEN
