"""What commands need to know of clients: their configuration as it is now."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from databus.errors import ConfigError, NotFound, Problem, StoreError

if TYPE_CHECKING:  # heavy: loaded when a command reads a configuration
    from databus.client.config_loader import LoadedConfig
    from databus.database.abstract_database import AbstractDatabase
    from databus.dispatcher.client_directory import KnownClient


SIDE_BY_SIDE = 8
"""So many configurations are read at the same time where they hang."""

PATIENCE = 1.0
"""Seconds that one is waited for before the next is begun: modules that are imported at once may trip each other."""


@dataclass(frozen=True, slots=True)
class StoredConfig:
    """A client's configuration as it is stored: its content, or why that cannot be had."""

    client_id: str
    file: str
    content: bytes | None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadClient:
    """A client's configuration as it was read: ``loaded``, or what is wrong with it."""

    client_id: str
    loaded: "LoadedConfig | None"
    problems: list[Problem]


def require_client(database: "AbstractDatabase", client_id: str) -> None:
    """Raise NotFound where there is no such client; the text names those that there are."""
    clients = database.clients()
    if client_id not in clients:
        raise no_client(client_id, clients)


def no_client(client_id: str, clients: Iterable[str]) -> NotFound:
    """Return the error that names the clients that there are."""
    return NotFound(f"there is no client {client_id}; there is {', '.join(sorted(clients)) or 'none'}")


def stored_configs(database: "AbstractDatabase") -> "Iterator[StoredConfig]":
    """Yield every client's configuration as it is stored, in the order of their ids."""
    for client_id in sorted(database.clients()):
        yield _stored_config(database, client_id)


def _stored_config(database: "AbstractDatabase", client_id: str) -> StoredConfig:
    from databus.database.records import CONFIG

    file = f"{client_id}/{CONFIG}"
    try:
        return StoredConfig(client_id, file, database.read_document(client_id, CONFIG).content)
    except StoreError as error:  # this client only: others can be told of
        return StoredConfig(client_id, file, None, str(error))


def read_configs(stored: Iterable[StoredConfig], *, check_plugins: bool = True) -> Iterator[ReadClient]:
    """Read configurations, whatever is wrong with them; yield them in their order.

    One after the other where they are quick. What hangs is not waited for before the next ones are begun.

    Args:
        stored: What is to be read.
        check_plugins: Whether plug-ins are imported, too, which may take long.
    """
    under_way: deque[_Reading] = deque()
    for each in stored:
        under_way.append(_Reading(each, check_plugins=check_plugins))
        if len(under_way) == SIDE_BY_SIDE:
            yield under_way.popleft().result()
    for reading in under_way:
        yield reading.result()


class _Reading:
    """A configuration that is being read."""

    def __init__(self, stored: StoredConfig, *, check_plugins: bool) -> None:
        from databus.client.config_reading import ConfigReading

        self._stored = stored
        self._reading: ConfigReading | None = None
        if stored.content is not None:
            self._reading = ConfigReading(
                stored.content, file=stored.file, environ=os.environ, check_plugins=check_plugins
            )
            self._reading.wait(PATIENCE)

    def result(self) -> ReadClient:
        client_id, file = self._stored.client_id, self._stored.file
        if self._reading is None:
            problem = Problem(file, "", self._stored.trouble)
            return ReadClient(client_id=client_id, loaded=None, problems=[problem])
        try:
            loaded = self._reading.result()
        except ConfigError as error:
            return ReadClient(client_id=client_id, loaded=None, problems=error.problems)
        return ReadClient(client_id=client_id, loaded=loaded, problems=[])


def read_clients(database: "AbstractDatabase", *, check_plugins: bool = True) -> Iterator[ReadClient]:
    """Read every client's configuration; see ``stored_configs`` and ``read_configs``."""
    return read_configs(stored_configs(database), check_plugins=check_plugins)


def read_client(database: "AbstractDatabase", client_id: str) -> ReadClient:
    """Read one client's configuration without importing its plug-ins, whatever is wrong with it.

    Raises:
        NotFound: There is no such client.
    """
    require_client(database, client_id)
    return next(read_configs([_stored_config(database, client_id)], check_plugins=False))


def known_client(database: "AbstractDatabase", client_id: str) -> "KnownClient":
    """Return a client as a dispatcher knows it, with a configuration that can be used.

    Raises:
        NotFound: There is no such client.
        ConfigError: Its configuration cannot be used.
    """
    from databus.client.config_reading import ConfigReading
    from databus.database.records import CONFIG
    from databus.dispatcher.client_directory import KnownClient
    from databus.timestamps import utc_now

    require_client(database, client_id)
    document = database.read_document(client_id, CONFIG)
    loaded = ConfigReading(document.content, file=f"{client_id}/{CONFIG}", environ=os.environ).result()
    return KnownClient(client_id, document.version, checked=utc_now(), loaded=loaded)
