"""Lists of queue entries: each statement follows an index from the newest entry on."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, literal, or_, select, true

from databus.database.records import Entry, Page, QueueQuery, State, WholeEntry
from databus.database.sql_db.containing import contains_in_any_case
from databus.database.sql_db.entry_reading import EntryReader
from databus.database.sql_db.entry_rows import (
    batched,
    full_name,
    leased_ids,
    step_tables,
)
from databus.database.sql_db.failures import Failures
from databus.database.sql_db.searching import Search, Way
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.tally import Tally
from databus.database.sql_db.transactions import Transactions
from databus.database.whole import Room
from databus.errors import StoreError

_DIGITS = 18
"""So many digits fit into the number of an entry."""

_SETTLED = tuple(state for state in State if state is not State.RUNNING)


class Finding:
    """Lists and loads entries."""

    def __init__(
        self,
        tables: Tables,
        transactions: Transactions,
        reader: EntryReader,
        tally: Tally,
        search: Search,
        failures: Failures,
    ) -> None:
        self._tables = tables
        self._transactions = transactions
        self._reader = reader
        self._tally = tally
        self._search = search
        self._failures = failures

    def find(self, query: QueueQuery, now: datetime) -> Page[Entry]:
        """Return a page; see ``AbstractDatabase.find``."""
        before = None if not query.cursor else position(query.cursor)
        return self._transactions.read(lambda connection: self._find(connection, query, before, now))

    def _find(self, connection: Connection, query: QueueQuery, before: int | None, now: datetime) -> Page[Entry]:
        newest = self._newest(connection, query, before, now)
        found = self._reader.by_ids(connection, newest[: query.limit])
        entries = tuple(found[each].entry for each in newest[: query.limit] if each in found)
        more = len(newest) > query.limit
        return Page(items=entries, next_cursor=str(newest[query.limit - 1]) if more else "")

    def _newest(self, connection: Connection, query: QueueQuery, before: int | None, now: datetime) -> list[int]:
        """Return the ids of a page, and one more where there is one."""
        most = query.limit + 1
        wanted = self._narrowed(query, before).limit(most)
        ways = list(self._ways(connection, query, now))
        places = self._failures.newest_first(connection, before) if query.error else [Way(true(), named=False)]
        newest: list[int] = []
        for place in places:
            lists = []
            for way in ways:
                of_client = self._of_client(query.client_id, named=way.named or place.named)
                found = connection.execute(wanted.where(of_client, way.condition, place.condition))
                lists.append(list(found.scalars()))
            newest += islice(_without_doubles(merge(*lists, reverse=True)), most - len(newest))
            if len(newest) == most:
                break
        return newest

    def ids(self, client_id: str, cursor: str, limit: int) -> Page[str]:
        """Return a page of internal ids; see ``AbstractDatabase.find_ids``."""
        queue = self._tables.queue
        query = (
            select(queue.c.id, queue.c.internal_id, queue.c.full_names)
            .where(queue.c.client_id == client_id)
            .order_by(queue.c.id.desc())
            .limit(limit + 1)
        )
        if cursor:
            query = query.where(queue.c.id < position(cursor))
        rows = self._transactions.read(lambda connection: connection.execute(query).all())
        return Page(
            items=tuple(full_name(row, "internal_id") for row in rows[:limit]),
            next_cursor=str(rows[limit - 1].id) if len(rows) > limit else "",
        )

    def load_whole(self, client_id: str, internal_ids: Sequence[str], room: int) -> list[WholeEntry]:
        """Return entries with contents; see ``AbstractDatabase.load_whole``."""
        return self._transactions.read(lambda connection: self._whole(connection, client_id, internal_ids, room))

    def _whole(
        self, connection: Connection, client_id: str, internal_ids: Sequence[str], room: int
    ) -> list[WholeEntry]:
        free = Room(room)
        chosen: list[tuple[Entry, list[bool]]] = []
        for entry in self._load(connection, client_id, internal_ids):
            own = free.choose(entry)
            if own is None:
                break
            chosen.append((entry, own))
        contents = self._reader.small_contents(connection, [entry.sequence for entry, own in chosen if any(own)])
        return [
            WholeEntry(
                entry=entry,
                contents=tuple(
                    [
                        contents.get((entry.sequence, each.name, each.size)) if is_chosen else None
                        for each, is_chosen in zip(entry.attachments, own, strict=True)
                    ]
                ),
            )
            for entry, own in chosen
        ]

    def load(self, client_id: str, internal_ids: Sequence[str]) -> list[Entry]:
        """Return those of the entries that exist; see ``AbstractDatabase.load``."""
        return self._transactions.read(lambda connection: self._load(connection, client_id, internal_ids))

    def _load(self, connection: Connection, client_id: str, internal_ids: Sequence[str]) -> list[Entry]:
        found = self._reader.by_internal_ids(connection, client_id, internal_ids)
        return [found[each] for each in internal_ids if each in found]

    # -- ways into the queue ------------------------------------------------------------------------------------------

    def _ways(self, connection: Connection, query: QueueQuery, now: datetime) -> Iterator[Way]:
        """Yield ways, of which one leads to each entry; an index leads along each."""
        queue = self._tables.queue
        if query.search:
            states = self._state(query.states, now)
            for found in self._search.ways(connection, query.search):
                yield Way(and_(found.condition, states), found.named)
        elif query.error:
            yield Way(self._state(query.states, now), named=False)
        elif query.states:
            for state in set(query.states):
                yield from self._ways_of_state(connection, query, state, now)
        elif query.passenger_module:
            for state in _SETTLED:
                of_state = and_(queue.c.passenger_module == query.passenger_module, queue.c.state == state.value)
                yield Way(of_state, named=False)
        else:
            yield Way(true(), named=False)

    def _ways_of_state(self, connection: Connection, query: QueueQuery, state: State, now: datetime) -> Iterator[Way]:
        queue = self._tables.queue
        if state is State.RUNNING:
            for ids in batched(leased_ids(connection, self._tables.queue_lease, now)):
                yield Way(and_(queue.c.id.in_(ids), queue.c.state != State.COMPLETE.value), named=True)
            return
        only = query.passenger_module
        for module in [only] if only else self._tally.routes(connection, query.client_id):
            yield Way(and_(queue.c.passenger_module == module, self._state([state], now)), named=False)

    def _state(self, states: Sequence[State], now: datetime) -> ColumnElement[bool]:
        queue, lease = self._tables.queue, self._tables.queue_lease
        if not states:
            return true()
        is_complete = queue.c.state == State.COMPLETE.value
        is_leased = exists().where(lease.c.queue_id == queue.c.id, lease.c.until > now)
        conditions: list[ColumnElement[bool]] = []
        for state in states:
            if state is State.RUNNING:
                conditions.append(and_(~is_complete, is_leased))
            elif state is State.COMPLETE:
                conditions.append(is_complete)
            else:
                conditions.append(and_(queue.c.state == state.value, ~is_leased))
        return or_(*conditions)

    # -- what every entry must fulfil ---------------------------------------------------------------------------------

    def _of_client(self, client_id: str, *, named: bool) -> ColumnElement[bool]:
        """Return the condition for entries of a client.

        Where ids are named, MariaDB may still go through all of the client, or of its route: its indexes hold ids, too.
        Of a coalesce, no index knows.
        """
        own = self._tables.queue.c.client_id
        return (func.coalesce(own, literal("", own.type)) if named else own) == client_id

    def _narrowed(self, query: QueueQuery, before: int | None) -> "Select[Any]":
        queue = self._tables.queue
        conditions: list[ColumnElement[bool]] = []
        if before is not None:
            conditions.append(queue.c.id < before)
        if query.passenger_module:
            conditions.append(queue.c.passenger_module == query.passenger_module)
        if query.source_system:
            conditions.append(queue.c.source_system == query.source_system)
        if query.pulled_from is not None:
            conditions.append(queue.c.pull_datetime >= query.pulled_from)
        if query.pulled_before is not None:
            conditions.append(queue.c.pull_datetime < query.pulled_before)
        conditions += self._of_parts(query)
        return select(queue.c.id).where(*conditions).order_by(queue.c.id.desc())

    def _of_parts(self, query: QueueQuery) -> Iterator[ColumnElement[bool]]:
        queue, attachment = self._tables.queue, self._tables.queue_attachment
        step_lists = step_tables(self._tables).values()
        if query.attachment:
            named = contains_in_any_case(attachment.c.name, query.attachment)
            yield exists().where(attachment.c.queue_id == queue.c.id, named)
        if query.error:
            yield or_(
                *(
                    exists().where(each.c.queue_id == queue.c.id, contains_in_any_case(each.c.last_error, query.error))
                    for each in step_lists
                )
            )
        if query.step:
            yield or_(
                *(
                    exists().where(
                        each.c.queue_id == queue.c.id, each.c.name == query.step, each.c.status != "complete"
                    )
                    for each in step_lists
                )
            )


def position(cursor: str) -> int:
    """Return the number at which the page before ended, or raise StoreError."""
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _DIGITS):
        raise StoreError(f"{cursor!r} is not a cursor of this list")
    return int(cursor)


def _without_doubles(ids: Iterator[int]) -> Iterator[int]:
    last = None
    for each in ids:
        if each != last:
            yield each
        last = each
