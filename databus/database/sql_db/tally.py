"""How many entries of each route are in each state, without looking at them.

Each transaction adds what it changed, as rows of its own: two that add at once need not wait for each other. Now and
then the rows of a client are added up into few.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from databus.database.records import Entry, RouteCounts, State
from databus.database.sql_db.bulk import Bulk, Columns, Insertion, as_columns
from databus.database.sql_db.entry_rows import AnyRow, batched, full_name, full_names, leased_ids
from databus.database.sql_db.locking import locked_if_free
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions

Key = tuple[str, str, str]
"""Client, passenger module and state."""

_MANY = 200
"""With more rows of a client than this, they are added up."""


class Tally:
    """Counts the entries of every client."""

    def __init__(self, tables: Tables, transactions: Transactions, bulk: Bulk) -> None:
        self._tables = tables
        self._transactions = transactions
        self._bulk = bulk

    def added(self, changes: Mapping[Key, int]) -> list[Insertion]:
        """Return what notes how many entries came into (or, below zero, went out of) a state.

        It belongs into the transaction that did it.
        """
        rows = [_row(*key, number) for key, number in changes.items() if number]
        return [Insertion(self._tables.queue_tally, as_columns(rows))] if rows else []

    def add(self, connection: Connection, changes: Mapping[Key, int]) -> None:
        """Note how many entries came into (or, below zero, went out of) a state, within the transaction that did it."""
        self._bulk.write(connection, self.added(changes))

    def routes(self, connection: Connection, client_id: str) -> list[str]:
        """Return the passenger modules of which a client has, or had, entries."""
        tally = self._tables.queue_tally
        query = select(tally.c.passenger_module, tally.c.full_names).where(tally.c.client_id == client_id).distinct()
        return [full_name(row, "passenger_module") for row in connection.execute(query)]

    def counts(self, client_id: str, now: datetime) -> list[RouteCounts]:
        """Return how many entries each route of a client has in each state."""
        counts: dict[str, Counter[str]] = {}
        found, running = self._transactions.read(lambda connection: self._read(connection, client_id, now))
        for row in found:
            counts.setdefault(full_name(row, "passenger_module"), Counter())[row.state] += int(row.number)
        for row in running:
            of_route = counts.setdefault(full_name(row, "passenger_module"), Counter())
            of_route[row.state] -= 1
            of_route[State.RUNNING.value] += 1
        positive = {module: _positive(counts[module]) for module in sorted(counts)}
        return [RouteCounts(passenger_module=module, **each) for module, each in positive.items() if each]

    def _read(self, connection: Connection, client_id: str, now: datetime) -> tuple[Sequence[AnyRow], Sequence[AnyRow]]:
        tally, queue, lease = self._tables.queue_tally, self._tables.queue, self._tables.queue_lease
        found = connection.execute(
            select(
                tally.c.passenger_module, tally.c.state, func.sum(tally.c.number).label("number"),
                func.max(tally.c.full_names).label("full_names"),
            )
            .where(tally.c.client_id == client_id)
            .group_by(tally.c.passenger_module, tally.c.state)
        ).all()  # fmt: skip
        running: list[AnyRow] = []
        # By ids, not by a join: whatever a planner knows of the tables, it looks at few rows.
        for ids in batched(leased_ids(connection, lease, now)):
            query = select(queue.c.passenger_module, queue.c.state, queue.c.full_names).where(
                queue.c.id.in_(ids), queue.c.client_id == client_id, queue.c.state != State.COMPLETE.value
            )
            running += connection.execute(query)
        return found, running

    def add_up(self, client_id: str) -> None:
        """Add up a client's rows where they have become many. Who looks meanwhile sees the same sums."""
        tally = self._tables.queue_tally
        number = select(func.count()).select_from(tally).where(tally.c.client_id == client_id)
        if (self._transactions.look(lambda connection: connection.execute(number).scalar_one())) > _MANY:
            self._transactions.write(lambda connection: self._add_up(connection, client_id), repeatable=True)

    def _add_up(self, connection: Connection, client_id: str) -> None:
        tally = self._tables.queue_tally
        query = select(tally).where(tally.c.client_id == client_id).limit(10 * _MANY)
        rows = connection.execute(locked_if_free(query, tally)).all()
        sums: Counter[tuple[str, str, str | None]] = Counter()
        for row in rows:
            sums[(full_name(row, "passenger_module"), row.state, row.full_names)] += row.number
        for batch in batched(row.id for row in rows):
            connection.execute(delete(tally).where(tally.c.id.in_(batch)))
        self.add(connection, {(client_id, module, state): number for (module, state, _), number in sums.items()})


def counted(columns: Columns) -> Counter[Key]:
    """Return where the rows of new entries count, and how many of them."""
    return Counter(zip(columns["client_id"], columns["passenger_module"], columns["state"], strict=True))


def key(entry: Entry, state: str) -> Key:
    """Return where an entry in a state counts."""
    return entry.client_id, entry.passenger_module, state


def _row(client_id: str, passenger_module: str, state: str, number: int) -> dict[str, Any]:
    return {
        "number": number,  # first: see bulk.Columns
        "client_id": client_id,
        "passenger_module": passenger_module,
        "state": state,
        "full_names": full_names(passenger_module=passenger_module),
    }


def _positive(counts: Counter[str]) -> dict[str, int]:
    """Return the counts; where leases changed between two looks, none is below zero."""
    return {state: number for state, number in counts.items() if number > 0}
