"""Finding a part of an external id among millions of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from databus.database.records import Entry
from databus.database.sql_db import exact_text
from databus.database.sql_db.bulk import Bulk
from databus.database.sql_db.containing import contains, plain
from databus.database.sql_db.search_indexes import Folded, search_index
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.way import Way

_FEW = 500
"""So many ids one statement names."""


class Search:
    """Looks for parts of external ids.

    Args:
        dialect: The server's kind.
    """

    def __init__(self, tables: Tables, dialect: str, bulk: Bulk) -> None:
        self._queue = tables.queue
        self._index = search_index(tables, dialect, bulk)
        self._has_ranges_only = dialect == "sqlite"

    def add(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Put new entries into the index, within the transaction that stores them."""
        self._index.add(connection, [_folded(entry) for entry in entries])

    def change(self, connection: Connection, pairs: Sequence[tuple[Entry, Entry]]) -> None:
        """Bring the index up to date with entries before and after a change."""
        renamed = [(old, new) for old, new in pairs if old.external_id != new.external_id]
        if renamed:
            self._index.remove(connection, [_folded(old) for old, _ in renamed])
            self._index.add(connection, [_folded(new) for _, new in renamed])

    def remove(self, connection: Connection, folded: Sequence[Folded]) -> None:
        """Take entries out of the index, by id and external id in lower case."""
        if folded:
            self._index.remove(connection, folded)

    def ways(self, connection: Connection, search: str) -> tuple[list[Way], ColumnElement[bool] | None]:
        """Return ways to entries that are looked for, and what the others fulfil, to which none leads; None for none.

        Either the external id contains the text, or the internal id begins with it.
        """
        folded = search.casefold()
        contained = contains(self._queue.c.external_folded, folded)
        internal = self._internal(folded)
        # A blank at the end is written in another way where it is the last character of an id.
        queries = self._index.queries(folded.strip(" "))
        ways: list[Way] = []
        others: list[ColumnElement[bool]] = []
        for looked_up, condition in ((queries, contained), ([select(self._queue.c.id).where(internal)], internal)):
            ids = self._few(connection, looked_up)
            if ids is None:
                others.append(condition)
            else:
                ways.append(Way(self._queue.c.id.in_(ids), by="", also=condition))
        return ways, or_(*others) if others else None

    def _few(self, connection: Connection, queries: Sequence["Select[Any]"]) -> list[int] | None:
        """Return the ids that the first query finds which finds few of them; a planner may not know that it does.

        Where they are many, whoever goes from the newest entry on soon finds enough of them.
        """
        for query in queries:
            ids = list(connection.execute(query.limit(_FEW + 1)).scalars())
            if len(ids) <= _FEW:
                return ids
        return None

    def _internal(self, folded: str) -> ColumnElement[bool]:
        internal = self._queue.c.internal_folded
        if not self._has_ranges_only:
            return internal.like(plain(exact_text.prefix_pattern(folded)), escape="!")
        # SQLite uses an index for a range, not for a LIKE.
        beginning = exact_text.inner(folded)
        return and_(internal >= plain(beginning), internal < plain(beginning + "\U0010ffff"))


def _folded(entry: Entry) -> Folded:
    return entry.sequence, entry.external_id.casefold()
