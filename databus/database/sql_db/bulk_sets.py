"""Many rows in few short statements: what is the same in all of them is sent once.

Passengers that are worked on together are mostly at the same place, so most of their rows differ in their numbers only.
Statements are written once, and values are converted by the types of their columns: SQLAlchemy's work for each row
would cost more than the row.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect
from sqlalchemy import Table as SqlTable

from databus.database.sql_db.bulk import Bulk, Columns, Converter, is_range
from databus.database.sql_db.column_types import python_type, written


class Rows(NamedTuple):
    """Rows as a driver takes them.

    Attributes:
        own: What differs from row to row, column by column; the numbers in the first column always count as such.
        same: What all rows have in common.
    """

    own: dict[str, Sequence[Any]]
    same: dict[str, Any]

    @property
    def is_set(self) -> bool:
        """Whether only the numbers differ."""
        return len(self.own) == 1

    @property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What tells a statement for such rows from others: which columns differ, and which do not."""
        return tuple(self.own), tuple(self.same)


class Statement(NamedTuple):
    """What a driver executes."""

    text: str
    parameters: tuple[Any, ...]


class SetBulk(Bulk):
    """Writes rows whose numbers are all that differs in one statement for the set; others are up to the server."""

    mark = "%s"
    """What stands for a parameter."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self._texts: dict[Any, str] = {}
        self._converters: dict[tuple[str, str], Converter] = {}

    def insert(self, connection: Connection, table: SqlTable, columns: Columns) -> None:
        """Insert rows."""
        rows = self.rows(table, columns)
        if rows.is_set:
            connection.exec_driver_sql(*self.set_inserted(table, rows))
        else:
            self.insert_each(connection, table, rows)

    def update(self, connection: Connection, table: SqlTable, columns: Columns, *, by: Sequence[str]) -> None:
        """Update the rows that ``by`` identifies."""
        rows = self.rows(table, columns)
        if rows.is_set:
            connection.exec_driver_sql(*self.set_updated(table, rows, by))
        else:
            self.update_each(connection, table, rows, by)

    def may_have(self, connection: Connection, table: SqlTable, columns: Columns) -> bool:
        """Whether a row has one of the values of one of these columns."""
        parts: list[str] = []
        parameters: list[Any] = []
        for column, values in columns.items():
            convert = self._converter(table, column)
            condition, given = self.one_of(table, column, written(values, convert))
            name, (quoted,) = self.quoted(table, [column])
            parts.append(f"SELECT 1 FROM {name} WHERE {quoted} {condition}")  # noqa: S608 - names of our own
            parameters += given
        text = f"{' UNION ALL '.join(parts)} LIMIT 1"
        return connection.exec_driver_sql(text, tuple(parameters)).first() is not None

    # -- what differs by server ---------------------------------------------------------------------------------------

    @abstractmethod
    def insert_each(self, connection: Connection, table: SqlTable, rows: Rows) -> None:
        """Insert rows that differ in more than their numbers."""

    @abstractmethod
    def update_each(self, connection: Connection, table: SqlTable, rows: Rows, by: Sequence[str]) -> None:
        """Update rows that differ in more than their numbers."""

    @property
    @abstractmethod
    def source(self) -> str:
        """How a parameter becomes a table of numbers, in its column ``value``."""

    @abstractmethod
    def numbers(self, numbers: Sequence[int]) -> Any:
        """Return that parameter."""

    @property
    @abstractmethod
    def membership(self) -> str:
        """What follows a column that has one of the numbers of a parameter."""

    @abstractmethod
    def members(self, numbers: Sequence[int]) -> Any:
        """Return that parameter."""

    def marked(self, table: SqlTable, column: str) -> str:
        """Return what stands for the value of a column."""
        return self.mark

    def one_of(self, table: SqlTable, column: str, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """Return what follows a column that has one of these values, and the parameters of it."""
        return f"IN ({', '.join([self.marked(table, column)] * len(values))})", values

    # -- sets ---------------------------------------------------------------------------------------------------------

    def set_inserted(self, table: SqlTable, rows: Rows) -> Statement:
        """Return what inserts a set."""
        text = self.text(("insert", table.name, *rows.names), lambda: self._insertion_of_set(table, rows))
        (numbers,) = rows.own.values()
        return Statement(text, (*rows.same.values(), self.numbers(numbers)))

    def set_updated(self, table: SqlTable, rows: Rows, by: Sequence[str]) -> Statement:
        """Return what updates a set."""
        (numbers,) = rows.own.values()
        connected = is_range(numbers)
        key = ("update", connected, table.name, by, *rows.names)
        text = self.text(key, lambda: self._update_of_set(table, rows, by, connected=connected))
        changed = [value for name, value in rows.same.items() if name not in by]
        chosen = [min(numbers), max(numbers)] if connected else [self.members(numbers)]
        keys = [rows.same[name] for name in by if name in rows.same]
        return Statement(text, (*changed, *chosen, *keys))

    # -- statements ---------------------------------------------------------------------------------------------------

    def text(self, key: Any, write: Callable[[], str]) -> str:
        """Return a statement, which is written once."""
        found = self._texts.get(key)
        if found is None:
            found = self._texts[key] = write()
        return found

    def quoted(self, table: SqlTable, columns: Sequence[str]) -> tuple[str, list[str]]:
        """Return the names of a table and of its columns as they stand in a statement."""
        preparer = self.dialect.identifier_preparer
        return preparer.format_table(table), [preparer.format_column(table.c[name]) for name in columns]

    def _insertion_of_set(self, table: SqlTable, rows: Rows) -> str:
        name, quoted = self.quoted(table, [*rows.own, *rows.same])
        values = ["value", *(self.marked(table, column) for column in rows.same)]
        return f"INSERT INTO {name} ({', '.join(quoted)}) SELECT {', '.join(values)} FROM {self.source}"  # noqa: S608 - names of our own

    def _update_of_set(self, table: SqlTable, rows: Rows, by: Sequence[str], *, connected: bool) -> str:
        given = {column: f"{self.quoted(table, [column])[1][0]} = {self.marked(table, column)}" for column in rows.same}
        (first,) = rows.own
        name, (numbered,) = self.quoted(table, [first])
        chosen = f"BETWEEN {self.mark} AND {self.mark}" if connected else self.membership
        where = [f"{numbered} {chosen}", *(given[column] for column in by if column in given)]
        sets = [each for column, each in given.items() if column not in by]
        return f"UPDATE {name} SET {', '.join(sets)} WHERE {' AND '.join(where)}"  # noqa: S608 - names of our own

    # -- values -------------------------------------------------------------------------------------------------------

    def rows(self, table: SqlTable, columns: Columns) -> Rows:
        """Return rows as the driver takes them."""
        own: dict[str, Sequence[Any]] = {}
        same: dict[str, Any] = {}
        for name, values in columns.items():
            convert = self._converter(table, name)
            first = values[0]
            # Contents are not compared: they are long, and hardly ever the same, unless there are none.
            may_be_same = own and (first is None or python_type(table.c[name].type) is not bytes)
            if may_be_same and values.count(first) == len(values):
                same[name] = first if convert is None else convert(first)
            else:
                own[name] = written(values, convert)
        return Rows(own, same)

    def _converter(self, table: SqlTable, column: str) -> Converter:
        key = (table.name, column)
        if key not in self._converters:
            self._converters[key] = self.converter(table, column)
        return self._converters[key]

    def converter(self, table: SqlTable, column: str) -> Converter:
        """Return what a column's type does with a value."""
        kind = table.c[column].type
        if python_type(kind) is bytes:
            return None  # drivers take bytes; SQLAlchemy would make a buffer of them, as Python 2 wanted it
        return kind.dialect_impl(self.dialect).bind_processor(self.dialect)
