# ruff: noqa: D102 - what each method does is said in the contract, once for all engines
"""The database engine of SQL servers and SQLite."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, assert_never

from databus.database.abstract_database import AbstractDatabase
from databus.database.borrowing import is_borrowed
from databus.database.owner_lock import OwnerLock
from databus.database.records import (
    ENTRIES_LOOKED_THROUGH,
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
from databus.database.sql_db.sql_database_arguments import target_of
from databus.database.sql_db.store import Store
from databus.errors import StoreError, StoreUnreachable
from databus.pqueue.outcome import Outcome
from databus.timestamps import utc_now

_MAGIC = b"SQLite format 3\0"
"""How each file begins: https://www.sqlite.org/fileformat2.html#magic_header_string."""


class SqlDatabase(AbstractDatabase):
    """Clients, queues and logs in tables. Any number of processes may work on a server; a SQLite file belongs to one.

    Args:
        arguments: ``url`` (any that SQLAlchemy knows, of SQLite, PostgreSQL, MariaDB, MySQL or SQL Server), or
            ``server``, ``database``, ``username`` and ``password`` of a SQL Server; ``schema`` (``databus``).
        looked_through: The most entries that are looked at for a page of ``find``.
    """

    def __init__(self, arguments: Mapping[str, Any], *, looked_through: int = ENTRIES_LOOKED_THROUGH) -> None:
        super().__init__(arguments)
        self._looked_through = looked_through
        self._target = target_of(arguments)
        self._owner: OwnerLock | None = None
        self._open_store: Store | None = None
        path = self._target.file
        if path is not None:
            real = path.resolve()  # whatever links lead to it, one process owns it
            self.endpoint_folder = real.with_name(f"{real.name}.owner")
            self._owner = OwnerLock(str(self.endpoint_folder), of=str(path))

    def __str__(self) -> str:
        return str(self._target)

    @property
    def _store(self) -> Store:
        if self._open_store is None:
            raise StoreError(f"{self} is not open")
        return self._open_store

    # -- life ---------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        if self._owner is not None:
            self._own(self._owner)
        try:
            self._open_store = Store(
                self._target,
                alone=self._owner is not None,
                end_leases=self.endpoint_folder is not None and not is_borrowed(self.endpoint_folder),
                looked_through=self._looked_through,
            )
        except BaseException:
            self.close()
            raise

    def _own(self, owner: OwnerLock) -> None:
        path = Path(str(self))
        if not path.parent.is_dir():
            raise StoreUnreachable(
                f"{self} cannot be opened: there is no folder {path.parent}; make it, or mend the path"
            )
        if path.exists() and not path.is_file():
            raise StoreError(f"{self} cannot be opened: it is no file; name a file, which Databus makes if it is new")
        if path.exists() and not _may_be_sqlite(path):  # else the owner's folder would stay beside it
            raise StoreError(
                f"{self} cannot be opened: file is not a database: something else is in this file; name another one"
            )
        try:
            owner.take(utc_now())
        except OSError as error:
            raise StoreError(f"{self}: {error.strerror}: {error.filename}") from error

    def close(self) -> None:
        store, self._open_store = self._open_store, None
        try:
            if store is not None:
                store.close()
        finally:
            if self._owner is not None:
                self._owner.release()

    # -- queue --------------------------------------------------------------------------------------------------------

    def seat(self, entries: Sequence[NewEntry]) -> list[Seated | Duplicate | Refused]:
        return self._store.seating.seat(entries)

    def claim(
        self, route: Route, *, after: int, limit: int, owner: str, lease: timedelta, now: datetime
    ) -> list[Claim]:
        return self._store.claiming.claim(route, after=after, limit=limit, owner=owner, lease=lease, now=now)

    def renew(self, claims: Sequence[Claim], *, lease: timedelta, now: datetime) -> list[Claim]:
        return self._store.claiming.renew(claims, lease=lease, now=now) if claims else []

    def record(self, outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        return self._store.recording.record(outcomes) if outcomes else []

    def find(self, query: QueueQuery, *, now: datetime) -> Page[Entry]:
        return self._store.finding.find(query, now)

    def find_ids(self, client_id: str, *, cursor: str = "", limit: int) -> Page[str]:
        return self._store.finding.ids(client_id, cursor, limit)

    def counts(self, client_id: str, *, now: datetime) -> list[RouteCounts]:
        return self._store.tally.counts(client_id, now)

    def load(self, client_id: str, internal_ids: Sequence[str]) -> list[Entry]:
        return self._store.finding.load(client_id, internal_ids)

    def load_whole(self, client_id: str, internal_ids: Sequence[str], *, room: int) -> list[WholeEntry]:
        return self._store.finding.load_whole(client_id, internal_ids, room)

    def open_attachment(self, client_id: str, internal_id: str, name: str) -> BinaryIO:
        return self._store.contents.open(client_id, internal_id, name)

    def purge(self, rule: PurgeRule, *, limit: int, now: datetime) -> int:
        match rule:
            case QueuePurge():
                return self._store.purging.purge(rule, limit=limit, now=now)
            case LogPurge():
                return self._store.logs.purge(rule, limit=limit)
            case BackupPurge():
                return self._store.documents.purge(rule, limit=limit)
            case _:
                assert_never(rule)

    # -- logs ---------------------------------------------------------------------------------------------------------

    def append_log(self, head: LogHead, lines: Sequence[LogLine]) -> None:
        self._store.logs.append(head, lines)

    def find_logs(self, query: LogQuery) -> Page[LogHead]:
        return self._store.logs.find(query)

    def read_log(
        self, client_id: str, guid: str, *, start: int = 0, limit: int = 1000
    ) -> tuple[LogHead, list[LogLine]]:
        return self._store.logs.read(client_id, guid, start=start, limit=limit)

    # -- clients and their documents ----------------------------------------------------------------------------------

    def clients(self) -> dict[str, str]:
        return self._store.documents.clients()

    def delete_client(self, client_id: str, *, now: datetime) -> None:
        self._store.purging.delete_client(client_id, now)
        self._store.logs.delete_client(client_id)
        self._store.documents.delete_client(client_id)

    def read_document(self, client_id: str, name: str, *, version: str = "") -> Document:
        return self._store.documents.read(client_id, name, version)

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
        return self._store.documents.write(
            client_id, name, bytes(content), expected=expected, by=by, now=now, backup=backup
        )

    def list_documents(self, client_id: str) -> list[Document]:
        return self._store.documents.bare(client_id)

    def document_history(self, client_id: str, name: str) -> list[Document]:
        return self._store.documents.history(client_id, name)

    def delete_document(self, client_id: str, name: str) -> None:
        self._store.documents.delete(client_id, name)

    # -- locks --------------------------------------------------------------------------------------------------------

    def lock(self, name: str, *, owner: str, lease: timedelta, now: datetime) -> bool:
        return self._store.locks.take(name, owner=owner, lease=lease, now=now)


def _may_be_sqlite(path: Path) -> bool:
    """Whether a file is empty or begins as SQLite's do, or cannot be read, which opening it tells."""
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) in (b"", _MAGIC)
    except OSError:
        return True
