"""Rows as queue entries, a handful of statements for many of them.

Entries that are read together are mostly at the same place, as they were when they were seated: what is the same in
their rows is decoded once, and shared, so that what becomes of it is worked out once, too.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Dialect, literal_column, select, type_coerce
from sqlalchemy import Table as SqlTable
from sqlalchemy.types import NullType

from databus.database.records import Entry, Step, StoredAttachment
from databus.database.sql_db.binary_results import IN_BINARY
from databus.database.sql_db.bulk import Bulk, Rows
from databus.database.sql_db.entry_rows import batched, loads, step_tables
from databus.database.sql_db.tables import Tables
from databus.passenger.attachment import AttachmentFormat
from databus.pqueue.outcome import StepKind
from databus.pqueue.queue_status import QueueStatus

T = TypeVar("T")

Values = Sequence[Any]
"""A row, or a part of it, as the driver gives it."""

_QUEUE = (
    "id", "client_id", "passenger_module", "internal_id", "full_names", "source_system", "external_id", "seated_as",
    "puller_module", "puller_name", "pull_datetime", "log_guids", "completed_on",
)  # fmt: skip

_LEASE = ("owner", "until", "fence", "version")

_STEP = ("module", "name", "status", "attempts", "last_error", "due_on", "dead", "changed_on")

_ATTACHMENT = ("name", "format", "size")

_STATUSES = {status.name: status for status in QueueStatus}
_FORMATS = {each.name: each for each in AttachmentFormat}

_SHARED = 1000
"""So many different lists of steps are remembered."""


class Read(NamedTuple):
    """An entry as it was found, with what changes with each claim, and with each change by others than the drive."""

    entry: Entry
    fence: int
    version: int


class EntryReader:
    """Reads entries."""

    def __init__(self, tables: Tables, bulk: Bulk, dialect: Dialect) -> None:
        self._bulk = bulk
        self._queue = queue = tables.queue
        self._attachment = tables.queue_attachment
        lease = tables.queue_lease
        steps = step_tables(tables)
        self._steps = [_Parts(bulk, table, _STEP, number) for number, table in enumerate(steps.values())]
        self._attachments = _Parts(bulk, tables.queue_attachment, _ATTACHMENT)
        self._made_steps = _Shared(_step_maker(steps[StepKind.PUSH], list(steps), dialect))
        self._made_attachments = _Shared(_attachment_maker(tables.queue_attachment, dialect))
        self._made = _entry_maker(queue, dialect)
        columns = [*(queue.c[name] for name in _QUEUE), *(lease.c[name] for name in _LEASE)]
        query = select(*_raw(columns)).join_from(queue, lease, lease.c.queue_id == queue.c.id)
        self._of_ids = bulk.choosing(query, queue.c.id)
        self._of_internal_ids = bulk.choosing(query, queue.c.internal_folded)

    def by_ids(self, connection: Connection, ids: Sequence[int]) -> dict[int, Read]:
        """Return those of the entries that exist, by id."""
        found: dict[int, Read] = {}
        for batch in batched(ids):
            rows = self._of_ids(connection, batch)
            found.update((read.entry.sequence, read) for read in self._entries(connection, rows))
        return found

    def by_internal_ids(self, connection: Connection, client_id: str, internal_ids: Sequence[str]) -> dict[str, Entry]:
        """Return those of a client's entries that exist, by internal id."""
        found: dict[str, Entry] = {}
        for batch in batched(internal_ids):
            # By ids alone: SQLite would rather look through all entries of the client than follow the index of ids.
            rows = self._of_internal_ids(connection, [each.casefold() for each in batch])
            entries = (read.entry for read in self._entries(connection, rows))
            found.update((entry.internal_id, entry) for entry in entries if entry.client_id == client_id)
        return found

    def _entries(self, connection: Connection, rows: Rows) -> Iterator[Read]:
        steps: dict[int, list[Values]] = {row[0]: [] for row in rows}
        attachments: dict[int, list[Values]] = {row[0]: [] for row in rows}
        for parts in self._steps:
            parts.read(connection, steps)
        self._attachments.read(connection, attachments)
        steps_of, attachments_of, made = self._made_steps.of, self._made_attachments.of, self._made
        for row in rows:
            yield Read(made(row, steps_of(steps[row[0]]), attachments_of(attachments[row[0]])), *row[-2:])

    def small_contents(self, connection: Connection, ids: Sequence[int]) -> dict[tuple[int, str, int], bytes]:
        """Return the contents of entries that are not in pieces, by the entry's id, name and size."""
        table = self._attachment
        query = select(table.c.queue_id, table.c.name, table.c.size, table.c.content).execution_options(**IN_BINARY)
        found: dict[tuple[int, str, int], bytes] = {}
        for batch in batched(ids):
            chosen = query.where(self._bulk.among(table.c.queue_id, batch), table.c.content.is_not(None))
            for queue_id, name, size, content in connection.execute(chosen).all():
                found[queue_id, name, size] = content
        return found


class _Parts:
    """Reads the rows that belong to entries in one table, as the driver gives them: equal ones are equal, too.

    Args:
        columns: What is read.
        first: Stands before it in every row.
    """

    def __init__(self, bulk: Bulk, table: SqlTable, columns: Sequence[str], first: int | None = None) -> None:
        constants: list[ColumnElement[Any]] = [] if first is None else [literal_column(str(first)).label("first")]
        query = select(table.c.queue_id, *constants, *_raw(table.c[name] for name in columns))
        self._rows = bulk.choosing(query, table.c.queue_id, table.c.queue_id, table.c.position)

    def read(self, connection: Connection, found: dict[int, list[Values]]) -> None:
        """Add the rows of entries to their lists, by id, in the order of their positions."""
        for batch in batched(found):
            for row in self._rows(connection, batch):
                found[row[0]].append(row[1:])


def _raw(columns: "Iterable[Column[Any]]") -> "list[ColumnElement[Any]]":
    """Return columns whose values are given as the driver has them."""
    return [type_coerce(each, NullType()).label(f"{each.table.name}_{each.name}") for each in columns]


class _Shared(Generic[T]):
    """Makes one tuple of objects of rows that are the same as those of another entry.

    Args:
        make: Makes an object of the values of a row.
    """

    def __init__(self, make: Callable[..., T]) -> None:
        self._make = make
        self._known: dict[tuple[Values, ...], tuple[T, ...]] = {}

    def of(self, rows: Sequence[Values]) -> tuple[T, ...]:
        """Return what is made of the rows, the same for the same ones."""
        key = tuple(rows)
        found = self._known.get(key)
        if found is None:
            make = self._make
            if len(self._known) >= _SHARED:
                self._known.clear()
            found = self._known.setdefault(key, tuple([make(*row) for row in key]))
        return found


def _entry_maker(queue: SqlTable, dialect: Dialect) -> Callable[..., Entry]:
    """Return what makes an entry of its row, its steps and its attachments."""
    name, text, time = (_decoder(queue.c[each], dialect) for each in ("client_id", "external_id", "pull_datetime"))
    guids_of = lru_cache(maxsize=_SHARED)(lambda written: tuple(loads(written)))

    # By position, and each value by what its column needs, here and below: it runs for everything that is read.
    def make(row: Values, steps: tuple[Step, ...], attachments: tuple[StoredAttachment, ...]) -> Entry:
        queue_id, client_id, module, internal_id, full_names, source_system, external_id, seated_as = row[:8]
        puller_module, puller_name, pull_datetime, log_guids, completed_on, owner, until, _, _ = row[8:]
        ids = text(source_system), text(external_id)
        whole = {} if full_names is None else loads(text(full_names))
        return Entry(
            client_id=whole.get("client_id") or name(client_id),
            passenger_module=whole.get("passenger_module") or name(module),
            internal_id=whole.get("internal_id") or name(internal_id),
            source_system=ids[0],
            external_id=ids[1],
            seated_as=ids if seated_as is None else tuple(loads(text(seated_as))),
            puller_module=text(puller_module),
            puller_name=text(puller_name),
            pull_datetime=time(pull_datetime),
            steps=steps,
            attachments=attachments,
            log_guids=guids_of(text(log_guids)),
            sequence=queue_id,
            completed_on=time(completed_on),
            leased_by="" if until is None else text(owner),
            leased_until=time(until),
        )

    return make


def _step_maker(table: SqlTable, kinds: Sequence[StepKind], dialect: Dialect) -> Callable[..., Step]:
    """Return what makes a step of a row's values, which begin with the number of its kind."""
    text, time, flag = (_decoder(table.c[name], dialect) for name in ("module", "due_on", "dead"))

    def make(
        kind: int, module: Any, name: Any, status: str, attempts: int, error: Any, due_on: Any, dead: Any, changed: Any
    ) -> Step:
        return Step(
            kind=kinds[kind],
            module=text(module),
            name=text(name),
            status=_STATUSES[status],
            attempts=attempts,
            last_error=text(error),
            due_on=time(due_on),
            dead=flag(dead),
            changed_on=time(changed),
        )

    return make


def _attachment_maker(table: SqlTable, dialect: Dialect) -> Callable[..., StoredAttachment]:
    text = _decoder(table.c.name, dialect)

    def make(name: Any, kind: str, size: int) -> StoredAttachment:
        return StoredAttachment(name=text(name), format=_FORMATS[kind], size=size)

    return make


def _decoder(column: "Column[Any]", dialect: Dialect) -> Callable[[Any], Any]:
    """Return what makes of a driver's value the value of a column."""
    return column.type.dialect_impl(dialect).result_processor(dialect, None) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
