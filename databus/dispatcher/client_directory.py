"""The clients and their configurations, kept up to date with what people write."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from databus.client.client import Client
from databus.client.config import RouteConfig
from databus.client.config_editing import hash_plain_passwords
from databus.client.config_loader import LoadedConfig, load_config
from databus.client.configured_client import to_client
from databus.client.log import Log, LogEntry, MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG, Document
from databus.driver.log_writer import LogWriter
from databus.errors import ConfigError, NotFound, Problem, StoreError, VersionConflict

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
        first_seen: When the client was first read.
    """

    client_id: str
    version: str
    checked: datetime
    first_seen: datetime
    loaded: LoadedConfig | None = None
    problems: list[Problem] = field(default_factory=list)

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
        for route in self.good.config.passengers:
            if route.name == passenger_module:
                return route
        names = ", ".join(route.name for route in self.good.config.passengers) or "none"
        raise NotFound(f"client {self.client_id} has no passenger {passenger_module}; it has {names}")


class ClientDirectory:
    """Reads configurations when they changed, and keeps the last good one of each client.

    Args:
        environ: Where ``${NAME}`` is looked up.
    """

    def __init__(self, database: AbstractDatabase, environ: Mapping[str, str] = os.environ) -> None:
        self._database = database
        self._environ = environ
        self._known: dict[str, KnownClient] = {}

    def refresh(self, *, now: datetime) -> dict[str, KnownClient]:
        """Read what changed since the last time; return all clients by id.

        A new problem is also written into a log of its client.
        """
        versions = self._database.clients()
        for client_id, version in versions.items():
            known = self._known.get(client_id)
            if known is None or known.version != version or _is_worth_another_try(known, now):
                self._read_safely(client_id, version, now)
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

    def _read_safely(self, client_id: str, version: str, now: datetime) -> None:
        try:
            self._read(client_id, now)
        except StoreError as error:  # this client only: its file may be unreadable, or its folder full
            before = self._known.get(client_id)
            known = KnownClient(client_id, version, now, before.first_seen if before else now)
            known.loaded = before.loaded if before else None
            known.problems = [Problem(f"{client_id}/{CONFIG}", "", str(error))]
            if before is None or before.problems != known.problems:
                _logger.error("%s", known.problems[0])
            self._known[client_id] = known

    def _read(self, client_id: str, now: datetime) -> None:
        try:
            document = self._with_hashed_passwords(self._database.read_document(client_id, CONFIG), now)
        except NotFound:
            return  # deleted since it was listed
        before = self._known.get(client_id)
        known = KnownClient(client_id, document.version, now, before.first_seen if before else now)
        try:
            known.loaded = load_config(document.content, file=f"{client_id}/{CONFIG}", environ=self._environ)
        except ConfigError as error:
            known.loaded = before.loaded if before else None
            known.problems = error.problems
            if before is None or before.problems != known.problems:
                self._log(client_id, known.problems)
        self._known[client_id] = known

    def _with_hashed_passwords(self, document: Document, now: datetime) -> Document:
        hashed = hash_plain_passwords(document.content)
        if hashed is None:
            return document
        try:
            return self._database.write_document(
                document.client_id, CONFIG, hashed, expected=document.version, by="", now=now, backup=False
            )
        except VersionConflict:
            return document  # somebody saved it this moment: the next refresh sees to it

    def _log(self, client_id: str, problems: list[Problem]) -> None:
        log = Log()
        for problem in problems:
            log.append_entry(LogEntry(f"Configuration: {problem}", type=MessageType.error, source=__name__))
        writer = LogWriter(self._database, log, client_id=client_id, passenger_module="", secrets=frozenset())
        writer.flush()


def _is_worth_another_try(known: KnownClient, now: datetime) -> bool:
    return bool(known.problems) and not timedelta(0) <= now - known.checked < RETRY_BROKEN
