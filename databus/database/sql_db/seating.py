"""Seating: each identity once, whoever else seats it at the same time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, select

from databus.database.records import Duplicate, Entry, NewEntry, Refused, Seated, StoredAttachment
from databus.database.sql_db import entry_rows, tally
from databus.database.sql_db.bulk import Bulk, Columns, Insertion, as_columns
from databus.database.sql_db.contents import attachment_row, insert_pieces
from databus.database.sql_db.failures import Failures
from databus.database.sql_db.identities import identity
from databus.database.sql_db.searching import Search
from databus.database.sql_db.sequences import Sequences
from databus.database.sql_db.shelf import Held, Shelf
from databus.database.sql_db.spool import ROOM, Content, Spool
from databus.database.sql_db.statistics import Statistics
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions
from databus.database.transitions import Transitions
from databus.errors import Untakable
from databus.passenger.attachment import Attachment

Result = Seated | Duplicate | Refused


class _New(Struct, eq=False):
    """A passenger that is ready to be stored; its entry is as it will be there once it has its number."""

    entry: Entry
    identity: bytes
    contents: list[Content]
    attachments: Sequence[Attachment]
    spool: Spool


@dataclass(slots=True)
class _Taken:
    """What a transaction found in the queue, and what it puts there."""

    identities: dict[bytes, str] = field(default_factory=dict)
    internal_ids: set[tuple[str, str]] = field(default_factory=set)


class Seating:
    """Puts passengers into the queue."""

    def __init__(
        self,
        tables: Tables,
        transactions: Transactions,
        bulk: Bulk,
        sequences: Sequences,
        shelf: Shelf,
        counts: tally.Tally,
        search: Search,
        failures: Failures,
        statistics: Statistics,
    ) -> None:
        self._tables = tables
        self._steps = entry_rows.step_tables(tables)
        self._transactions = transactions
        self._bulk = bulk
        self._shelf = shelf
        self._sequences = sequences
        self._tally = counts
        self._search = search
        self._failures = failures
        self._statistics = statistics

    def seat(self, entries: Sequence[NewEntry]) -> list[Result]:
        """Seat passengers; see ``AbstractDatabase.seat``."""
        results: list[Result] = []
        for batch in _batches(entries):
            try:
                results += self._seat_or_refuse(batch)
            finally:
                _close(batch)
        return results

    def _seat_or_refuse(self, batch: Sequence[_New]) -> list[Result]:
        try:
            return self._seat(batch)
        except Untakable as error:
            if len(batch) == 1:
                return [Refused(internal_id=batch[0].entry.internal_id, reason=str(error))]
        # Which of them it was the server does not say.
        return [result for each in batch for result in self._seat_or_refuse([each])]

    def _seat(self, batch: Sequence[_New]) -> list[Result]:
        first = self._sequences.take(len(batch))
        for number, each in enumerate(batch):
            stored = _described(each.attachments, each.contents)
            each.entry = replace(
                each.entry, sequence=first + number, attachments=stored, leased_by="", leased_until=None
            )
        results = self._transactions.write(
            lambda connection: self._store(connection, batch), repeatable=True, undo=lambda: self._forget(batch)
        )
        self._statistics.grow(len(batch))
        return results

    def _forget(self, batch: Sequence[_New]) -> None:
        self._shelf.forget(*(each.entry.sequence for each in batch))

    def _store(self, connection: Connection, batch: Sequence[_New]) -> list[Result]:
        taken = self._taken(connection, batch)
        results: list[Result] = []
        seated: list[_New] = []
        for each in batch:
            result = _judged(each, taken)
            results.append(result)
            if isinstance(result, Seated):
                seated.append(each)
                taken.identities[each.identity] = each.entry.internal_id
                taken.internal_ids.add((each.entry.client_id, each.entry.internal_id))
        if seated:
            self._insert(connection, seated)
        self._shelf.remember(*[Held(each.entry, version=0, fence=0) for each in seated])
        return results

    def _taken(self, connection: Connection, batch: Sequence[_New]) -> _Taken:
        queue = self._tables.queue
        taken = _Taken()
        wanted: Columns = {
            "identity": [each.identity for each in batch],
            "internal_folded": [each.entry.internal_id.casefold() for each in batch],
        }
        if not self._bulk.may_have(connection, queue, wanted):
            return taken
        columns = select(queue.c.client_id, queue.c.internal_id, queue.c.identity, queue.c.full_names)
        for part in entry_rows.batched(batch):
            for row in connection.execute(columns.where(queue.c.identity.in_([each.identity for each in part]))):
                taken.identities[bytes(row.identity)] = entry_rows.full_name(row, "internal_id")
            ids = [each.entry.internal_id for each in part]
            for row in connection.execute(columns.where(entry_rows.has_internal_ids(queue, ids))):
                key = entry_rows.full_name(row, "client_id"), entry_rows.full_name(row, "internal_id")
                taken.internal_ids.add(key)
        return taken

    def _insert(self, connection: Connection, seated: Sequence[_New]) -> None:
        tables = self._tables
        entries = [each.entry for each in seated]
        identities = [each.identity for each in seated]
        columns = entry_rows.queue_columns(entries, identities, Transitions())
        writes = [
            Insertion(tables.queue, columns),
            Insertion(tables.queue_lease, _no_leases([entry.sequence for entry in entries])),
            *(Insertion(self._steps[kind], columns) for kind, columns in entry_rows.step_columns(entries)),
            *self._contents_inserted(seated),
            *self._tally.added(tally.counted(columns)),
        ]
        self._bulk.write(connection, writes)
        self._insert_pieces(connection, seated)
        self._search.add(connection, entries)
        self._failures.add(connection, entries)

    def _contents_inserted(self, seated: Sequence[_New]) -> list[Insertion]:
        rows = [row for each in seated for row in _attachment_rows(each)]
        return [Insertion(self._tables.queue_attachment, as_columns(rows))] if rows else []

    def _insert_pieces(self, connection: Connection, seated: Sequence[_New]) -> None:
        for each in seated:
            if each.spool.has_file:
                insert_pieces(connection, self._bulk, self._tables, each.entry.sequence, enumerate(each.contents))


def _batches(entries: Sequence[NewEntry]) -> Iterator[list[_New]]:
    """Read contents, and yield what fits into memory together; a large content gets a transaction of its own."""
    batch: list[_New] = []
    size = 0
    try:
        for new in entries:
            each = _read(new)
            own = sum([content.in_memory for content in each.contents])
            large = any(content.large is not None for content in each.contents)
            if batch and (large or size + own > ROOM or len(batch) >= entry_rows.TOGETHER):
                yield batch
                batch, size = [], 0
            batch.append(each)
            size += own
            if large:
                yield batch
                batch, size = [], 0
    except BaseException:
        _close(batch)
        raise
    if batch:
        yield batch


def _read(new: NewEntry) -> _New:
    spool = Spool()
    try:
        contents = _contents(new, spool)
    except BaseException:
        spool.close()
        raise
    return _New(new.entry, _identity(new.entry), contents, new.attachments, spool)


def _close(batch: Sequence[_New]) -> None:
    for each in batch:
        each.spool.close()


def _identity(entry: Entry) -> bytes:
    return identity(entry.client_id, entry.passenger_module, entry.seated_as)


def _contents(new: NewEntry, spool: Spool) -> list[Content]:
    contents: list[Content] = []
    names = set()
    for each in new.attachments:
        if each.name in names:
            return [Content(error=f"it has two attachments named {each.name!r}")]
        if each.stored_as is not None:
            return [Content(error=f"attachment {each.name!r}: nothing is stored as {each.stored_as!r}")]
        names.add(each.name)
        contents.append(spool.read(each))
    return contents


def _described(attachments: Sequence[Attachment], contents: Sequence[Content]) -> tuple[StoredAttachment, ...]:
    pairs = zip(attachments, contents, strict=False)  # of one that will be refused, some are missing
    return tuple([StoredAttachment(name=each.name, format=each.format, size=own.size) for each, own in pairs])


def _judged(each: _New, taken: _Taken) -> Result:
    internal_id = each.entry.internal_id
    held_by = taken.identities.get(each.identity)
    if held_by is not None:
        return Duplicate(internal_id=held_by)
    if (each.entry.client_id, internal_id) in taken.internal_ids:
        return Refused(internal_id=internal_id, reason="its internal id is taken")
    for content in each.contents:
        if content.error:
            return Refused(internal_id=internal_id, reason=content.error)
    return Seated(internal_id=internal_id)


def _attachment_rows(each: _New) -> list[dict[str, Any]]:
    pairs = enumerate(zip(each.attachments, each.contents, strict=True))
    return [attachment_row(each.entry.sequence, number, number, *pair) for number, pair in pairs]


def _no_leases(ids: Sequence[int]) -> Columns:
    number = len(ids)
    return {
        "queue_id": ids,
        "owner": [""] * number,
        "until": [None] * number,
        "fence": [0] * number,
        "version": [0] * number,
    }
