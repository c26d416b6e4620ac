"""Which entries have an error: a row each, so that they are found without a look at all others."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select

from databus.database.records import Entry, Step
from databus.database.sql_db.bulk import Bulk
from databus.database.sql_db.changes import Case
from databus.database.sql_db.entry_rows import batched, sharing
from databus.database.sql_db.tables import Tables


class Failures:
    """Remembers entries that have an error in a step."""

    def __init__(self, tables: Tables, bulk: Bulk) -> None:
        self._table = tables.queue_error
        self._bulk = bulk

    def add(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Remember those of new entries that have an error, within the transaction that stores them."""
        self._insert(connection, [queue_id for steps, ids in sharing(entries) if _has_error(steps) for queue_id in ids])

    def change(self, connection: Connection, cases: Iterable[Case]) -> None:
        """Remember and forget by steps before and after a change."""
        came: list[int] = []
        went: list[int] = []
        for case in cases:
            had, has = _has_error(case.before.steps), _has_error(case.after.steps)
            came += case.ids if has and not had else ()
            went += case.ids if had and not has else ()
        self._insert(connection, sorted(came))
        for batch in batched(sorted(went)):
            connection.execute(delete(self._table).where(self._bulk.among(self._table.c.queue_id, batch)))

    def _insert(self, connection: Connection, ids: Sequence[int]) -> None:
        if ids:
            self._bulk.insert(connection, self._table, {"queue_id": ids})

    def newest(self, connection: Connection, before: int | None, most: int) -> list[int]:
        """Return the ids of entries with an error, newest first."""
        own = self._table.c.queue_id
        query = select(own).order_by(own.desc()).limit(most)
        return list(connection.execute(query if before is None else query.where(own < before)).scalars())


def _has_error(steps: Sequence[Step]) -> bool:
    return any(step.last_error for step in steps)
