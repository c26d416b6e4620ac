"""Which entries have an error: a row each, so that they are found without a look at all others."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from databus.database.records import Entry
from databus.database.sql_db.bulk import Bulk
from databus.database.sql_db.entry_rows import batched
from databus.database.sql_db.tables import Tables


class Failures:
    """Remembers entries that have an error in a step."""

    def __init__(self, tables: Tables, bulk: Bulk) -> None:
        self._table = tables.queue_error
        self._bulk = bulk

    def add(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Remember those of new entries that have an error, within the transaction that stores them."""
        self._insert(connection, [entry.sequence for entry in entries if _has_error(entry)])

    def change(self, connection: Connection, pairs: Sequence[tuple[Entry, Entry]]) -> None:
        """Remember and forget by entries before and after a change."""
        changed = [(old, new) for old, new in pairs if old.steps is not new.steps]
        had = {old.sequence for old, _ in changed if _has_error(old)}
        have = {new.sequence for _, new in changed if _has_error(new)}
        self._insert(connection, sorted(have - had))
        for batch in batched(sorted(had - have)):
            connection.execute(delete(self._table).where(self._bulk.among(self._table.c.queue_id, batch)))

    def _insert(self, connection: Connection, ids: Sequence[int]) -> None:
        if ids:
            self._bulk.insert(connection, self._table, {"queue_id": ids})

    def newest(self, connection: Connection, before: int | None, most: int) -> list[int]:
        """Return the ids of entries with an error, newest first."""
        own = self._table.c.queue_id
        query = select(own).order_by(own.desc()).limit(most)
        return list(connection.execute(query if before is None else query.where(own < before)).scalars())


def _has_error(entry: Entry) -> bool:
    return any(step.last_error for step in entry.steps)
