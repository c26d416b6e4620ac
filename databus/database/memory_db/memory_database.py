# ruff: noqa: D102 - what each method does is said in the contract, once for all engines
"""The reference engine: readable, complete, and gone when its process ends.

What it does is what the contract means; the other engines are compared with it. It serves tests and trials, and
promises everything of :class:`~databus.database.abstract_database.AbstractDatabase` but durability.
"""

import io
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, BinaryIO

from databus.database import selection, steps
from databus.database.abstract_database import AbstractDatabase
from databus.database.agreed import client_is_driven
from databus.database.locks import Locks
from databus.database.memory_db.client_records import ClientRecords
from databus.database.records import (
    CONFIG,
    Claim,
    Document,
    Duplicate,
    Entry,
    LogHead,
    LogLine,
    LogQuery,
    NewEntry,
    Page,
    PurgeRule,
    QueueQuery,
    Refused,
    Route,
    RouteCounts,
    Seated,
)
from databus.errors import ConfigError, Problem
from databus.pqueue.outcome import Outcome


class MemoryDatabase(AbstractDatabase):
    """Clients, queues and logs in dictionaries, under one lock. It takes no arguments."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        super().__init__(arguments)
        if arguments:
            raise ConfigError(
                [Problem("database_arguments", name, "memory_db takes no arguments") for name in arguments]
            )
        self._mutex = threading.RLock()
        self._clients: defaultdict[str, ClientRecords] = defaultdict(ClientRecords)
        self._locks = Locks()
        self._versions = count(1)

    def open(self) -> None:
        """Do nothing: it is ready."""

    def close(self) -> None:
        """Do nothing: there is nothing to give back."""

    # -- queue --------------------------------------------------------------------------------------------------------

    def seat(self, entries: Sequence[NewEntry]) -> list[Seated | Duplicate | Refused]:
        with self._mutex:
            return [self._clients[new.entry.client_id].queue.seat(new) for new in entries]

    def claim(
        self, route: Route, *, after: int, limit: int, owner: str, lease: timedelta, now: datetime
    ) -> list[Claim]:
        with self._mutex:
            queue = self._clients[route.client_id].queue
            return queue.claim(
                route.passenger_module, after=after, limit=limit, owner=owner, until=now + lease, now=now
            )

    def renew(self, claims: Sequence[Claim], *, lease: timedelta, now: datetime) -> list[Claim]:
        with self._mutex:
            return [
                claim
                for claim in claims
                if not self._clients[claim.entry.client_id].queue.renew(claim, lease=lease, now=now)
            ]

    def record(self, outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        rejected: list[Outcome] = []
        with self._mutex:
            for (client_id, internal_id), group in steps.group_by_entry(outcomes).items():
                rejected += self._clients[client_id].queue.record(internal_id, group)
        return rejected

    def find(self, query: QueueQuery, *, now: datetime) -> Page[Entry]:
        with self._mutex:
            return selection.find_entries(self._clients[query.client_id].queue.entries(), query, now)

    def counts(self, client_id: str, *, now: datetime) -> list[RouteCounts]:
        with self._mutex:
            return selection.count_entries(self._clients[client_id].queue.entries(), now)

    def load(self, client_id: str, internal_ids: Sequence[str]) -> list[Entry]:
        with self._mutex:
            return self._clients[client_id].queue.load(internal_ids)

    def open_attachment(self, client_id: str, internal_id: str, name: str) -> BinaryIO:
        with self._mutex:
            return io.BytesIO(self._clients[client_id].queue.content(internal_id, name))

    def purge(self, rule: PurgeRule, *, limit: int, now: datetime) -> int:
        with self._mutex:
            return self._clients[rule.client_id].purge(rule, limit=limit, now=now)

    # -- logs ---------------------------------------------------------------------------------------------------------

    def append_log(self, head: LogHead, lines: Sequence[LogLine]) -> None:
        with self._mutex:
            self._clients[head.client_id].logs.append(head, lines)

    def find_logs(self, query: LogQuery) -> Page[LogHead]:
        with self._mutex:
            return self._clients[query.client_id].logs.find(query)

    def read_log(
        self, client_id: str, guid: str, *, start: int = 0, limit: int = 1000
    ) -> tuple[LogHead, list[LogLine]]:
        with self._mutex:
            return self._clients[client_id].logs.read(guid, start=start, limit=limit)

    # -- clients and their documents ----------------------------------------------------------------------------------

    def clients(self) -> dict[str, str]:
        with self._mutex:
            versions = {client_id: client.documents.version(CONFIG) for client_id, client in self._clients.items()}
            return {client_id: version for client_id, version in versions.items() if version}

    def delete_client(self, client_id: str, *, now: datetime) -> None:
        with self._mutex:
            if self._clients[client_id].is_leased(now):
                raise client_is_driven(client_id)
            del self._clients[client_id]

    def read_document(self, client_id: str, name: str, *, version: str = "") -> Document:
        with self._mutex:
            return self._clients[client_id].documents.read(name, version)

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
        with self._mutex:
            document = Document(
                client_id=client_id, name=name, content=bytes(content), version=str(next(self._versions)),
                saved_on=now, saved_by=by,
            )  # fmt: skip
            return self._clients[client_id].documents.write(document, expected=expected, backup=backup)

    def list_documents(self, client_id: str) -> list[Document]:
        with self._mutex:
            return self._clients[client_id].documents.bare()

    def document_history(self, client_id: str, name: str) -> list[Document]:
        with self._mutex:
            return self._clients[client_id].documents.history(name)

    def delete_document(self, client_id: str, name: str) -> None:
        with self._mutex:
            self._clients[client_id].documents.remove(name)

    # -- locks --------------------------------------------------------------------------------------------------------

    def lock(self, name: str, *, owner: str, lease: timedelta, now: datetime) -> bool:
        with self._mutex:
            return self._locks.take(name, owner=owner, lease=lease, now=now)
