"""Which ways lead to what a query asks for."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, true

from databus.database.records import NOT_RUNNING, QueueQuery, State
from databus.database.sql_db.entry_rows import batched, leased_ids
from databus.database.sql_db.searching import Search
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.tally import Tally
from databus.database.sql_db.way import BY_CLIENT, BY_STATE, Way

_OPEN = tuple(state for state in NOT_RUNNING if state is not State.COMPLETE)


class Ways:
    """Finds ways into the queue, of which one leads to each entry that is asked for."""

    def __init__(self, tables: Tables, tally: Tally, search: Search) -> None:
        self._tables = tables
        self._tally = tally
        self._search = search

    def of(self, connection: Connection, query: QueueQuery, now: datetime) -> list[Way]:
        """Return the ways; what a query filters by besides state and search is not in them."""
        if not query.search:
            return list(self._without_search(connection, query, now))
        named, looked_for = self._search.ways(connection, query.search)
        states = self._state(query.states, now)
        ways = [way._replace(also=and_(way.also, states)) for way in named]
        if looked_for is not None:
            others = self._without_search(connection, query, now)
            ways += [way._replace(also=and_(way.also, looked_for)) for way in others]
        return ways

    def _without_search(self, connection: Connection, query: QueueQuery, now: datetime) -> Iterator[Way]:
        if query.error:
            yield Way(true(), BY_CLIENT, also=self._state(query.states, now))
        elif query.states:
            for state in set(query.states):
                yield from self._of_state(connection, query, state, now)
        elif query.passenger_module or query.step:
            for state in _OPEN if query.step else NOT_RUNNING:  # who waits for a step is not complete
                yield from self._stored_as(connection, query, state)
        else:
            yield Way(true(), BY_CLIENT)

    def _of_state(self, connection: Connection, query: QueueQuery, state: State, now: datetime) -> Iterator[Way]:
        queue = self._tables.queue
        if state is State.RUNNING:
            for ids in batched(leased_ids(connection, self._tables.queue_lease, now)):
                yield Way(and_(queue.c.id.in_(ids), queue.c.state != State.COMPLETE.value), by="")
        else:
            for way in self._stored_as(connection, query, state):
                yield way._replace(also=self._state([state], now))

    def _stored_as(self, connection: Connection, query: QueueQuery, state: State) -> Iterator[Way]:
        """Yield ways to entries in a state, whoever works on them."""
        queue = self._tables.queue
        only = query.passenger_module
        for module in [only] if only else self._tally.routes(connection, query.client_id):
            yield Way(and_(queue.c.passenger_module == module, queue.c.state == state.value), BY_STATE)

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
