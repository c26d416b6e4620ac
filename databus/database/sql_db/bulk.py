"""Writing many rows at once, by what is fastest on each server."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, assert_never

from msgspec.json import Decoder
from sqlalchemy import Column, ColumnElement, Connection, Dialect, Select
from sqlalchemy import Table as SqlTable

from databus.database.sql_db.column_types import python_type

Columns = Mapping[str, Sequence[Any]]
"""Rows, at least one, column by column: a value of each column for each row. The first column has numbers."""

Rows = Sequence[Sequence[Any]]

ROWS = Decoder(list[tuple[Any, ...]])
"""Reads rows that came as JSON."""

Choosing = Callable[[Connection, Sequence[Any]], Rows]
"""Gives the rows that have one of these values."""

Converter = Callable[[Any], Any] | None
"""Makes of a value what a driver takes; None where it takes the value itself."""


class Insertion(NamedTuple):
    """Rows that are new."""

    table: SqlTable
    columns: Columns


class Change(NamedTuple):
    """Rows that change; see ``Bulk.update``."""

    table: SqlTable
    columns: Columns
    by: Sequence[str]


Write = Insertion | Change
"""What ``Bulk.write`` does."""


class Bulk(ABC):
    """Writes many rows, and names many."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    @abstractmethod
    def insert(self, connection: Connection, table: SqlTable, columns: Columns) -> None:
        """Insert rows."""

    @abstractmethod
    def update(self, connection: Connection, table: SqlTable, columns: Columns, *, by: Sequence[str]) -> None:
        """Update the rows that ``by`` identifies: columns that are the table's key, the first one among them."""

    def write(self, connection: Connection, writes: Sequence[Write]) -> None:
        """Do several writes, of which no two are about the same row."""
        for each in writes:
            match each:
                case Insertion():
                    self.insert(connection, each.table, each.columns)
                case Change():
                    self.update(connection, each.table, each.columns, by=each.by)
                case _:
                    assert_never(each)

    def may_have(self, connection: Connection, table: SqlTable, columns: Columns) -> bool:
        """Whether a row may have one of the values of one of these columns; False is certain.

        Seating asks for a passenger's two ids. Mostly nobody has them, which is cheaper to find out than who has.
        """
        return True

    def choosing(self, query: "Select[Any]", column: "Column[Any]", *order: "Column[Any]") -> Choosing:
        """Return what gives the rows of a query, which has no contents, that have one of some values in a column."""
        names_numbers = python_type(column.type) is int

        def rows(connection: Connection, values: Sequence[Any]) -> Rows:
            among = self.among(column, values) if names_numbers else column.in_(values)
            return connection.execute(query.where(among).order_by(*order)).all()

        return rows

    def among(self, column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
        """Return the condition that a column has one of these numbers."""
        if is_range(numbers):
            return column.between(min(numbers), max(numbers))
        return self.listed(column, numbers)

    def listed(self, column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
        """Return the condition where the numbers are no range."""
        return column.in_(numbers)


def as_columns(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Return rows, at least one, column by column."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def is_range(numbers: Sequence[int]) -> bool:
    """Whether these are all numbers between the lowest and the highest.

    Passengers that were seated together are, and servers find a range twice as fast as what it consists of.
    """
    return bool(numbers) and max(numbers) - min(numbers) + 1 == len(set(numbers))


def bulk_for(dialect: Dialect) -> Bulk:
    """Return what writes rows on a server."""
    match dialect.name:
        case "sqlite":
            from databus.database.sql_db.bulk_local import LocalBulk

            return LocalBulk(dialect)
        case "postgresql":
            from databus.database.sql_db.bulk_arrays import ArrayBulk

            return ArrayBulk(dialect)
        case "mariadb" | "mysql":
            from databus.database.sql_db.bulk_json import JsonBulk

            return JsonBulk(dialect)
        case _:
            from databus.database.sql_db.bulk_plain import PlainBulk

            return PlainBulk(dialect)
