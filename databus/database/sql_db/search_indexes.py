"""What finds parts of external ids on each server: what it has for it, or else a table of our own."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, column, delete, or_, select, table, text

from databus.database.sql_db import exact_text
from databus.database.sql_db.bulk import Bulk
from databus.database.sql_db.containing import contains
from databus.database.sql_db.entry_rows import batched
from databus.database.sql_db.parts import UNDIVIDED, lookups, parts_of
from databus.database.sql_db.tables import Tables

WORDS = "queue_words"
"""SQLite's full text index of external ids."""

_TRIGRAM = 3

_TAIL = 6
"""So many last characters are looked up by groups, and the whole is compared after. Ids of one source often begin
alike, and walking through lists that name every entry costs more than a few entries too many."""

Folded = tuple[int, str]
"""An entry's id, and its external id in lower case."""


class SearchIndex(ABC):
    """Finds entries by parts of their external ids."""

    @abstractmethod
    def add(self, connection: Connection, folded: Sequence[Folded]) -> None:
        """Put entries into the index, within the transaction that stores them."""

    @abstractmethod
    def remove(self, connection: Connection, folded: Sequence[Folded]) -> None:
        """Take entries out of the index."""

    @abstractmethod
    def queries(self, searched: str) -> list["Select[Any]"]:
        """Return queries for ids; each finds at least the entries that contain a text.

        Empty where the text, which has no blanks at its ends, is too short.
        """


class GroupIndex(SearchIndex):
    """PostgreSQL's index of all groups of three characters of the column itself."""

    def __init__(self, tables: Tables) -> None:
        self._queue = tables.queue

    def add(self, connection: Connection, folded: Sequence[Folded]) -> None:
        """Do nothing: the server does."""

    def remove(self, connection: Connection, folded: Sequence[Folded]) -> None:
        """Do nothing: the server does."""

    def queries(self, searched: str) -> list["Select[Any]"]:
        """Return the query by the last groups."""
        if len(searched) < _TRIGRAM:
            return []
        return [select(self._queue.c.id).where(contains(self._queue.c.external_folded, searched[-_TAIL:]))]


class WordIndex(SearchIndex):
    """SQLite's full text index of groups of three characters, apart from the tables."""

    def add(self, connection: Connection, folded: Sequence[Folded]) -> None:
        """Put entries into the index."""
        statement = f"INSERT INTO {WORDS} (rowid, external) VALUES (?, ?)"  # noqa: S608 - ours
        connection.exec_driver_sql(statement, _written(folded))

    def remove(self, connection: Connection, folded: Sequence[Folded]) -> None:
        """Take entries out of the index."""
        statement = f"INSERT INTO {WORDS} ({WORDS}, rowid, external) VALUES ('delete', ?, ?)"  # noqa: S608 - ours
        connection.exec_driver_sql(statement, _written(folded))

    def queries(self, searched: str) -> list["Select[Any]"]:
        """Return the query by the last groups."""
        words = exact_text.write(searched)
        if len(words) < _TRIGRAM:
            return []
        quoted = '"' + words[-_TAIL:].replace('"', '""') + '"'
        index = table(WORDS, column("rowid"))
        return [select(index.c.rowid).where(text(f"{WORDS} MATCH :words").bindparams(words=quoted))]


class PartIndex(SearchIndex):
    """A table of parts, for servers that have no such index."""

    def __init__(self, tables: Tables, bulk: Bulk) -> None:
        self._table = tables.queue_part
        self._bulk = bulk

    def add(self, connection: Connection, folded: Sequence[Folded]) -> None:
        """Put entries into the index."""
        rows = [(queue_id, part) for queue_id, external in _written(folded) for part in parts_of(external)]
        if rows:
            ids, parts = zip(*rows, strict=True)
            self._bulk.insert(connection, self._table, {"queue_id": ids, "part": parts})

    def remove(self, connection: Connection, folded: Sequence[Folded]) -> None:
        """Take entries out of the index."""
        for batch in batched([queue_id for queue_id, _ in folded]):
            connection.execute(delete(self._table).where(self._bulk.among(self._table.c.queue_id, batch)))

    def queries(self, searched: str) -> list["Select[Any]"]:
        """Return a query for each part of the text, the last one first."""
        part = self._table.c.part
        return [
            select(self._table.c.queue_id).where(
                or_(and_(part >= beginning, part < beginning + UNDIVIDED), part == UNDIVIDED)
            )
            for beginning in lookups(exact_text.write(searched))
        ]


def _written(folded: Sequence[Folded]) -> list[Folded]:
    """Return entries with their external ids as the tables have them."""
    return [(queue_id, exact_text.write(external)) for queue_id, external in folded]


def search_index(tables: Tables, dialect: str, bulk: Bulk) -> SearchIndex:
    """Return the index of a server."""
    match dialect:
        case "sqlite":
            return WordIndex()
        case "postgresql":
            return GroupIndex(tables)
        case _:
            return PartIndex(tables, bulk)
