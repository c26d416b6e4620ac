# ruff: noqa: D102 - what each method does is said in the contract, once for all engines
"""The database engine of JSON files."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, assert_never

from databus.database.abstract_database import AbstractDatabase
from databus.database.agreed import sequence_of
from databus.database.borrowing import is_borrowed
from databus.database.json_db import logs
from databus.database.json_db.arguments import path_of
from databus.database.json_db.client_names import client_folders
from databus.database.json_db.stores import Stores
from databus.database.json_db.trouble import store_errors
from databus.database.json_db.versions import VersionCache
from databus.database.locks import Locks
from databus.database.owner_lock import OwnerLock
from databus.database.records import (
    CONFIG,
    BackupPurge,
    Claim,
    Document,
    Duplicate,
    Entry,
    LogHead,
    LogLine,
    LogPurge,
    LogQuery,
    NewEntry,
    Page,
    PurgeRule,
    QueuePurge,
    QueueQuery,
    Refused,
    Route,
    RouteCounts,
    Seated,
    WholeEntry,
)
from databus.database.steps import group_by_entry
from databus.errors import ConfigMissing, NotFound
from databus.pqueue.outcome import Outcome
from databus.timestamps import utc_now

_MISSING = "missing"
"""The version of a config.json that somebody has moved away, as editors do for a moment."""


class JsonDatabase(AbstractDatabase):
    """Clients, queues and logs as files a person can read; one process at a time works on them.

    Args:
        arguments: ``path``: the folder that contains ``clients``; ``data/json_db`` where it is missing.
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        super().__init__(arguments)
        self.path = path_of(arguments)
        self.endpoint_folder: Path = Path(self.path)
        self._clients = f"{self.path}/clients"
        self._owner = OwnerLock(self.path)
        self._stores = Stores(self._clients)
        self._locks = Locks()  # not on disk: one process owns the database, and with it they end
        self._locks_mutex = threading.Lock()
        self._config_versions = VersionCache()
        self._versions_lock = threading.Lock()
        self._listed: set[str] = set()

    # -- life ---------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        with store_errors(self.path):
            self._owner.take(utc_now())
            try:
                self._stores.open(end_leases=not is_borrowed(self.endpoint_folder))
            except BaseException:
                self._owner.release()
                raise

    def close(self) -> None:
        with store_errors(self.path):
            try:
                self._stores.close()
            finally:
                self._owner.release()

    # -- queue --------------------------------------------------------------------------------------------------------

    def seat(self, entries: Sequence[NewEntry]) -> list[Seated | Duplicate | Refused]:
        by_client: defaultdict[str, list[int]] = defaultdict(list)
        for place, new in enumerate(entries):
            by_client[new.entry.client_id].append(place)
        results: dict[int, Seated | Duplicate | Refused] = {}
        for client_id, places in by_client.items():
            with self._stores.made(client_id) as store:
                seated = store.seating.seat([entries[place] for place in places])
                results.update(zip(places, seated, strict=True))
        return [results[place] for place in range(len(entries))]

    def claim(
        self, route: Route, *, after: int, limit: int, owner: str, lease: timedelta, now: datetime
    ) -> list[Claim]:
        with self._stores.existing(route.client_id) as store:
            if store is None:
                return []
            return store.claiming.claim(
                route.passenger_module, after=after, limit=limit, owner=owner, lease=lease, now=now
            )

    def renew(self, claims: Sequence[Claim], *, lease: timedelta, now: datetime) -> list[Claim]:
        by_client: defaultdict[str, list[Claim]] = defaultdict(list)
        for claim in claims:
            by_client[claim.entry.client_id].append(claim)
        lost: list[Claim] = []
        for client_id, group in by_client.items():
            with self._stores.existing(client_id) as store:
                lost += group if store is None else store.claiming.renew(group, lease=lease, now=now)
        return lost

    def record(self, outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        by_client: defaultdict[str, dict[str, Sequence[Outcome]]] = defaultdict(dict)
        for (client_id, internal_id), group in group_by_entry(outcomes).items():
            by_client[client_id][internal_id] = group
        rejected: list[Outcome] = []
        for client_id, groups in by_client.items():
            with self._stores.existing(client_id) as store:
                if store is None:
                    rejected += (outcome for group in groups.values() for outcome in group)
                else:
                    rejected += store.recording.record(groups)
        return rejected

    def find(self, query: QueueQuery, *, now: datetime) -> Page[Entry]:
        if query.cursor:
            sequence_of(query.cursor)
        with self._stores.existing(query.client_id) as store:
            return Page(items=()) if store is None else store.finding.find(query, now=now)

    def find_ids(self, client_id: str, *, cursor: str = "", limit: int) -> Page[str]:
        if cursor:
            sequence_of(cursor)
        with self._stores.existing(client_id) as store:
            return Page(items=()) if store is None else store.finding.ids(cursor, limit)

    def counts(self, client_id: str, *, now: datetime) -> list[RouteCounts]:
        with self._stores.existing(client_id) as store:
            return [] if store is None else store.finding.counts(now=now)

    def load(self, client_id: str, internal_ids: Sequence[str]) -> list[Entry]:
        with self._stores.existing(client_id) as store:
            return [] if store is None else store.finding.load(internal_ids)

    def load_whole(self, client_id: str, internal_ids: Sequence[str], *, room: int) -> list[WholeEntry]:
        with self._stores.existing(client_id) as store:
            return [] if store is None else store.load_whole(internal_ids, room)

    def open_attachment(self, client_id: str, internal_id: str, name: str) -> BinaryIO:
        with self._stores.existing(client_id) as store:
            if store is None:
                raise NotFound(f"queue entry {internal_id!r} has no attachment {name!r}")
            return store.reading.open(internal_id, name)

    def purge(self, rule: PurgeRule, *, limit: int, now: datetime) -> int:
        with self._stores.existing(rule.client_id) as store:
            if store is None:
                return 0
            match rule:
                case QueuePurge():
                    return store.purging.purge(rule, limit=limit, now=now)
                case LogPurge():
                    return store.logs.purge(rule, limit=limit)
                case BackupPurge():
                    return store.documents.purge(rule, limit=limit)
                case _:
                    assert_never(rule)

    # -- logs ---------------------------------------------------------------------------------------------------------

    def append_log(self, head: LogHead, lines: Sequence[LogLine]) -> None:
        with self._stores.made(head.client_id) as store:
            store.logs.append(head, lines)

    def find_logs(self, query: LogQuery) -> Page[LogHead]:
        if query.cursor:
            logs.position(query.cursor)
        with self._stores.existing(query.client_id) as store:
            return Page(items=()) if store is None else store.logs.find(query)

    def read_log(
        self, client_id: str, guid: str, *, start: int = 0, limit: int = 1000
    ) -> tuple[LogHead, list[LogLine]]:
        with self._stores.existing(client_id) as store:
            if store is None:
                raise NotFound(f"there is no log {guid!r}")
            return store.logs.read(guid, start=start, limit=limit)

    # -- clients and their documents ----------------------------------------------------------------------------------

    def clients(self) -> dict[str, str]:
        with store_errors(self._clients), self._versions_lock:
            found = dict(self._client_versions())
            self._listed = {client_id for client_id, version in found.items() if version or client_id in self._listed}
            return {client_id: found[client_id] or _MISSING for client_id in found if client_id in self._listed}

    def _client_versions(self) -> Iterator[tuple[str, str]]:
        for folder in client_folders(self._clients):
            yield folder.client_id, self._config_versions.version(folder.config)

    def delete_client(self, client_id: str, *, now: datetime) -> None:
        self._stores.delete(client_id, now)
        self._forget(client_id)

    def _forget(self, client_id: str) -> None:
        """Take a missing config.json for none from now on: it was we who deleted it."""
        with self._versions_lock:
            self._listed.discard(client_id)

    def read_document(self, client_id: str, name: str, *, version: str = "") -> Document:
        with self._stores.existing(client_id) as store:
            if store is None:
                raise NotFound(f"there is no client {client_id!r}")
            try:
                return store.documents.read(name, version)
            except NotFound:
                if name == CONFIG and not version and client_id in self._listed:
                    raise ConfigMissing(_missing(client_id)) from None
                raise

    def write_document(
        self,
        client_id: str,
        name: str,
        content: bytes,
        *,
        expected: str | None,
        by: str,
        now: datetime,
        backup: bool = True,
    ) -> Document:
        with self._stores.made(client_id) as store:
            return store.documents.write(name, bytes(content), expected=expected, by=by, now=now, backup=backup)

    def list_documents(self, client_id: str) -> list[Document]:
        with self._stores.existing(client_id) as store:
            return [] if store is None else store.documents.bare()

    def document_history(self, client_id: str, name: str) -> list[Document]:
        with self._stores.existing(client_id) as store:
            return [] if store is None else store.documents.history(name)

    def delete_document(self, client_id: str, name: str) -> None:
        with self._stores.existing(client_id) as store:
            if store is not None:
                store.documents.delete(name)
                if name == CONFIG:
                    self._forget(client_id)

    # -- locks --------------------------------------------------------------------------------------------------------

    def lock(self, name: str, *, owner: str, lease: timedelta, now: datetime) -> bool:
        with self._locks_mutex:
            return self._locks.take(name, owner=owner, lease=lease, now=now)


def _missing(client_id: str) -> str:
    return f"the configuration of client {client_id} is missing: put its config.json back, or remove the client"
