"""Deleting entries in small transactions, oldest first; what a lease holds stays."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, or_, select, true

from databus.database.agreed import client_is_driven
from databus.database.records import QueuePurge, State
from databus.database.sql_db.entry_rows import batched, full_name, has_internal_ids, step_tables
from databus.database.sql_db.locking import locked, locked_if_free
from databus.database.sql_db.searching import Search
from databus.database.sql_db.shelf import Shelf
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.tally import Tally
from databus.database.sql_db.transactions import Transactions

_TOGETHER = 1000
"""Entries of a client that are deleted in one transaction."""


class Purging:
    """Deletes entries."""

    def __init__(self, tables: Tables, transactions: Transactions, shelf: Shelf, tally: Tally, search: Search) -> None:
        self._tables = tables
        self._transactions = transactions
        self._shelf = shelf
        self._tally = tally
        self._search = search
        self._belonging = (
            *step_tables(tables).values(),
            tables.queue_attachment_piece,
            tables.queue_attachment,
            tables.queue_error,
            tables.queue_lease,
        )

    def purge(self, rule: QueuePurge, *, limit: int, now: datetime) -> int:
        """Delete entries; see ``AbstractDatabase.purge``."""
        deleted = self._transactions.write(
            lambda connection: self._purge(connection, rule, limit, now), repeatable=True
        )
        self._tally.add_up(rule.client_id)
        return deleted

    def _purge(self, connection: Connection, rule: QueuePurge, limit: int, now: datetime) -> int:
        lists = self._lists(connection, rule)
        deleted = 0
        passed_over: set[int] = set()
        while deleted < limit:
            # What was passed over is found again, and others behind it: fewer deleted means that none is left.
            most = limit - deleted + len(passed_over)
            found = self._found(connection, [self._oldest(rule, states, now) for states in lists], most)
            new = [queue_id for queue_id in found if queue_id not in passed_over]
            ids = self._still_doomed(self._free(new, connection, now), connection, rule)
            self.delete(connection, ids)
            deleted += len(ids)
            passed_over.update(set(new) - set(ids))
            if not new or len(found) < most:
                break
        return deleted

    def _found(self, connection: Connection, lists: Sequence["Select[Any]"], limit: int) -> list[int]:
        """Return the first ids of several lists, oldest first."""
        found: list[tuple[datetime, int]] = []
        for query in lists:
            rows = connection.execute(query.limit(limit))
            found = list(islice(merge(found, ((row.settled_on, row.id) for row in rows)), limit))
        return [queue_id for _, queue_id in found]

    def _lists(self, connection: Connection, rule: QueuePurge) -> list[ColumnElement[bool]]:
        """Return conditions, along each of which an index leads from the oldest on."""
        queue = self._tables.queue
        states = [state.value for state in rule.states if state is not State.RUNNING]
        if rule.internal_ids:
            in_state = queue.c.state.in_(states)
            return [in_state & has_internal_ids(queue, batch) for batch in batched(rule.internal_ids)]
        only = rule.passenger_module
        modules = [only] if only else self._tally.routes(connection, rule.client_id)
        return [
            (queue.c.passenger_module == module) & (queue.c.state == state) for module in modules for state in states
        ]

    def _oldest(self, rule: QueuePurge, states: ColumnElement[bool], now: datetime) -> "Select[Any]":
        queue, lease = self._tables.queue, self._tables.queue_lease
        is_leased = exists().where(lease.c.queue_id == queue.c.id, lease.c.until > now)
        query = select(queue.c.settled_on, queue.c.id).where(queue.c.client_id == rule.client_id, states, ~is_leased)
        if rule.passenger_module:
            query = query.where(queue.c.passenger_module == rule.passenger_module)
        return query.where(self._is_old(rule)).order_by(queue.c.settled_on, queue.c.id)

    def _is_old(self, rule: QueuePurge) -> ColumnElement[bool]:
        return true() if rule.before is None else self._tables.queue.c.settled_on < rule.before

    def _free(self, ids: Sequence[int], connection: Connection, now: datetime) -> list[int]:
        """Return those of the entries that nobody leases, now that they are locked."""
        lease = self._tables.queue_lease
        free: list[int] = []
        for batch in batched(ids):
            query = select(lease.c.queue_id).where(
                lease.c.queue_id.in_(batch), or_(lease.c.until.is_(None), lease.c.until <= now)
            )
            free += connection.execute(locked_if_free(query, lease)).scalars()
        return free

    def _still_doomed(self, ids: Sequence[int], connection: Connection, rule: QueuePurge) -> list[int]:
        """Return those of the locked entries that nobody has set back since they were found."""
        queue = self._tables.queue
        in_state = queue.c.state.in_([state.value for state in rule.states])
        doomed: list[int] = []
        for batch in batched(ids):
            query = select(queue.c.id).where(queue.c.id.in_(batch), in_state, self._is_old(rule))
            doomed += connection.execute(query).scalars()
        return doomed

    def delete(self, connection: Connection, ids: Sequence[int]) -> None:
        """Delete entries with all that belongs to them; the caller has locked them."""
        queue = self._tables.queue
        gone: Counter[tuple[str, str, str]] = Counter()
        for queue_id in ids:
            self._shelf.forget(queue_id)
        for batch in batched(ids):
            rows = connection.execute(
                select(
                    queue.c.id, queue.c.client_id, queue.c.passenger_module, queue.c.state, queue.c.external_folded,
                    queue.c.full_names,
                ).where(queue.c.id.in_(batch))
            ).all()  # fmt: skip
            for row in rows:
                gone[full_name(row, "client_id"), full_name(row, "passenger_module"), row.state] -= 1
            self._search.remove(connection, [(row.id, row.external_folded) for row in rows])
            for table in self._belonging:
                connection.execute(delete(table).where(table.c.queue_id.in_(batch)))
            connection.execute(delete(queue).where(queue.c.id.in_(batch)))
        self._tally.add(connection, gone)

    def delete_client(self, client_id: str, now: datetime) -> None:
        """Delete all entries of a client.

        Raises:
            StoreError: A drive works on one of them; nothing was deleted, unless it began meanwhile.
        """
        queue, lease = self._tables.queue, self._tables.queue_lease
        own = select(queue.c.id).where(queue.c.client_id == client_id)
        leased = select(lease.c.queue_id).where(lease.c.until > now, lease.c.queue_id.in_(own)).limit(1)
        if self._transactions.look(lambda connection: connection.execute(leased).first()) is not None:
            raise client_is_driven(client_id)
        query = own.order_by(queue.c.id).limit(_TOGETHER)
        while self._transactions.write(
            lambda connection: self._delete_some(connection, query, client_id, now), repeatable=True
        ):
            pass

    def _delete_some(self, connection: Connection, query: "Select[Any]", client_id: str, now: datetime) -> int:
        """Delete the entries that a query finds; return how many."""
        lease = self._tables.queue_lease
        ids = list(connection.execute(query).scalars())
        for batch in batched(ids):
            of_batch = select(lease.c.until).where(lease.c.queue_id.in_(batch)).order_by(lease.c.queue_id)
            # Once they are locked, no drive can claim them before they are gone.
            leases = connection.execute(locked(of_batch, lease)).scalars().all()
            if any(until is not None and until > now for until in leases):
                raise client_is_driven(client_id)
        self.delete(connection, ids)
        return len(ids)
