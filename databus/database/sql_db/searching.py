"""Finding a part of an external id among millions of them: by groups of three characters, where the server can."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, column, func, literal, or_, select, text
from sqlalchemy import table as sql_table

from databus.database.records import Entry
from databus.database.sql_db import exact_text
from databus.database.sql_db.column_types import Written
from databus.database.sql_db.tables import Tables

WORDS = "queue_words"
"""SQLite's full text index of external ids. PostgreSQL has an index of the column itself; others look at each id."""

_TRIGRAM = 3

_FEW = 500
"""So many ids one statement names."""

_TAIL = 6
"""So many last characters are looked up by groups, and the whole is compared after. Ids of one source often begin
alike, and walking through lists that name every entry costs more than a few entries too many."""


class Search:
    """Looks for parts of external ids.

    Args:
        dialect: The server's kind.
    """

    def __init__(self, tables: Tables, dialect: str) -> None:
        self._queue = tables.queue
        self._has_words = dialect == "sqlite"
        self._has_trigrams = dialect == "postgresql"

    def add(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Put new entries into the index, within the transaction that stores them."""
        if self._has_words:
            values = [(entry.sequence, _words(entry)) for entry in entries]
            connection.exec_driver_sql(f"INSERT INTO {WORDS} (rowid, external) VALUES (?, ?)", values)  # noqa: S608 - ours

    def change(self, connection: Connection, pairs: Sequence[tuple[Entry, Entry]]) -> None:
        """Bring the index up to date with entries before and after a change."""
        renamed = [(old, new) for old, new in pairs if old.external_id != new.external_id]
        if self._has_words and renamed:
            self.remove(connection, [(old.sequence, old.external_id.casefold()) for old, _ in renamed])
            self.add(connection, [new for _, new in renamed])

    def remove(self, connection: Connection, folded: Sequence[tuple[int, str]]) -> None:
        """Take entries out of the index, by id and external id in lower case."""
        if self._has_words and folded:
            values = [(queue_id, exact_text.write(external)) for queue_id, external in folded]
            connection.exec_driver_sql(
                f"INSERT INTO {WORDS} ({WORDS}, rowid, external) VALUES ('delete', ?, ?)",  # noqa: S608 - ours
                values,
            )

    def conditions(self, connection: Connection, search: str) -> list[ColumnElement[bool]]:
        """Return the conditions of which an entry fulfils one: each is a way that an index leads.

        Either the external id contains the text, or the internal id begins with it.
        """
        folded = search.casefold()
        contained = contains(self._queue.c.external_folded, folded)
        internal = self._internal(folded)
        return [
            self._narrowed(connection, self._matching(folded), contained),
            self._narrowed(connection, select(self._queue.c.id).where(internal), internal),
        ]

    def _narrowed(
        self, connection: Connection, matching: "Select[Any] | None", condition: ColumnElement[bool]
    ) -> ColumnElement[bool]:
        """Add the ids of the entries in question where they are few; a planner may not know it.

        Where they are many, whoever goes from the newest entry on soon finds enough of them.
        """
        if matching is None:
            return condition
        ids = list(connection.execute(matching.limit(_FEW + 1)).scalars())
        return condition if len(ids) > _FEW else and_(self._queue.c.id.in_(ids), condition)

    def _matching(self, folded: str) -> "Select[Any] | None":
        """Return the query for the ids of entries that a server's index of parts finds; None where it has none."""
        words = exact_text.write(folded.strip(" "))
        if len(words) < _TRIGRAM:
            return None
        if self._has_words:
            quoted = '"' + words[-_TAIL:].replace('"', '""') + '"'
            index = sql_table(WORDS, column("rowid"))
            return select(index.c.rowid).where(text(f"{WORDS} MATCH :words").bindparams(words=quoted))
        if self._has_trigrams:
            return select(self._queue.c.id).where(contains(self._queue.c.external_folded, folded.strip(" ")[-_TAIL:]))
        return None

    def _internal(self, folded: str) -> ColumnElement[bool]:
        internal = self._queue.c.internal_folded
        if not self._has_words:
            return internal.like(_plain(exact_text.prefix_pattern(folded)), escape="!")
        # SQLite uses an index for a range, not for a LIKE.
        beginning = exact_text.inner(folded)
        return and_(internal >= _plain(beginning), internal < _plain(beginning + "\U0010ffff"))


def contains(searched: "ColumnElement[str]", part: str) -> ColumnElement[bool]:
    """Return the condition that a text contains a part, every character as it is."""
    return or_(*(searched.like(_plain(pattern), escape="!") for pattern in exact_text.patterns(part)))


def contains_in_any_case(searched: "ColumnElement[str]", part: str) -> ColumnElement[bool]:
    """Return the condition that a text contains a part, upper and lower case being the same."""
    patterns = exact_text.patterns(part)
    return or_(*(func.lower(searched).like(func.lower(_plain(pattern)), escape="!") for pattern in patterns))


def _words(entry: Entry) -> str:
    return exact_text.write(entry.external_id.casefold())


def _plain(value: str) -> ColumnElement[str]:
    """Return a value that is written as the tables have it already."""
    return literal(value, Written())
