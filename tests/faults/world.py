"""The small world of a fault test: a source, a database, a target's list, all below one folder."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from databus.client.log import MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, LogHead, LogQuery, QueueQuery
from databus.dispatcher.client_directory import ClientDirectory, KnownClient
from databus.dispatcher.driving import drive_route
from databus.driver.abstract_driver import DriveSummary, Share
from databus.pqueue.abstract_queue import LEASE
from databus.testing.samples import pages
from databus.timestamps import utc_now
from tests.faults.engines import JSON, SQLITE, arguments, owned_folder
from tests.faults.events import Events
from tests.faults.plugins.source import feed
from tests.faults.watched_database import WATCHED, WatchedDatabase

CLIENT = "acme"
PASSENGER = "tests.faults.plugins.document"


class World:
    """Where everything is, and how it is driven.

    Args:
        folder: Contains all of it.
        life: Numbers the processes that work in it, one after the other.
        path: Of the database, where it is not in the folder.
        engine: Of ``engines.ENGINES``.
    """

    def __init__(self, folder: Path, life: int = 0, path: Path | None = None, *, engine: str = JSON) -> None:
        self.engine = engine
        self.lease = LEASE
        self.folder = folder
        self.life = life
        self.path = path or folder / engine
        self.owned = owned_folder(engine, self.path)
        if engine == SQLITE:
            self.path.mkdir(parents=True, exist_ok=True)
        self.client = self.path / "clients" / CLIENT
        self.source = folder / "source"
        self.source.mkdir(parents=True, exist_ok=True)
        self.events = Events(folder / "events", life)

    def database(self) -> WatchedDatabase:
        """Return the database, not open."""
        return WATCHED[self.engine](arguments(self.engine, self.path), self.events)

    def open(self) -> WatchedDatabase:
        """Return the database, open."""
        database = self.database()
        database.open()
        return database

    def feed(self, number: int, start: int = 0) -> list[str]:
        """Put documents into the source."""
        names = [f"{self.life}-{index}" for index in range(start, start + number)]
        feed(self.source, self.events, names)
        return names

    def configure(self, database: AbstractDatabase, **route: Any) -> KnownClient:
        """Save the client's configuration."""
        watcher = {"events": str(self.events.path), "life": self.life}
        config = {
            "log_life_span": route.pop("log_life_span", 1),
            "passengers": [
                {
                    "name": PASSENGER,
                    "pullers": [
                        {"module": "tests.faults.plugins.source", "settings": {"folder": str(self.source), **watcher}}
                    ],
                    "processors": [{"module": "tests.faults.plugins.change", "settings": watcher}],
                    "pushers": [{"module": "tests.faults.plugins.target", "settings": watcher}],
                    "queue_life_span": 1,
                    **route,
                }
            ],
        }
        content = json.dumps(config).encode()
        database.write_document(CLIENT, "config.json", content, expected=None, by="test", now=utc_now())
        return known_client(database)

    def drive(self, database: AbstractDatabase, known: KnownClient) -> DriveSummary:
        """Drive the route once."""
        return drive_route(database, known, PASSENGER, share=Share(lease=self.lease))

    def drive_until_idle(self, database: AbstractDatabase, known: KnownClient) -> None:
        """Drive until everything has arrived."""
        while True:
            summary = self.drive(database, known)
            assert summary.is_clean, summary
            if not summary.waiting and not list(self.source.iterdir()):
                return


def known_client(database: AbstractDatabase) -> KnownClient:
    """Return the client with the configuration that it has now."""
    directory = ClientDirectory(database, {})
    directory.refresh(now=utc_now())
    known = directory.get(CLIENT)
    assert known.problems == []
    return known


def all_entries(database: AbstractDatabase, client_id: str = CLIENT) -> list[Entry]:
    """Return the whole queue, page by page."""
    now = utc_now()
    found = pages(lambda cursor: database.find(QueueQuery(client_id=client_id, limit=200, cursor=cursor), now=now))
    return [entry for page in found for entry in page.items]


def bad_logs(database: AbstractDatabase) -> list[str]:
    """Return the lines of all logs that are errors."""
    found = pages(lambda cursor: database.find_logs(_errors(cursor)))
    heads: Sequence[LogHead] = [head for page in found for head in page.items]
    return [
        line.message
        for head in heads
        for line in database.read_log(CLIENT, head.guid, limit=10_000)[1]
        if line.type >= MessageType.error
    ]


def _errors(cursor: str) -> LogQuery:
    return LogQuery(client_id=CLIENT, worst=MessageType.error, limit=200, cursor=cursor)
