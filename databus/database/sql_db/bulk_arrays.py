"""Many rows for PostgreSQL: each column that differs is one array; a statement is short however many rows it has.

psycopg looks for parameters in the text of a statement; in one with a parameter for each value of 500 rows, that took
half of a drive's time. It also looks at each value of a list; here, arrays are written as PostgreSQL reads them.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal,
)
from sqlalchemy import Table as SqlTable

from databus.database.sql_db.bulk import Change, Choosing, Columns, Insertion, Write
from databus.database.sql_db.bulk_sets import Rows, SetBulk, Statement
from databus.database.sql_db.column_types import python_type, written

_LONGEST, _MOST_PARAMETERS = 4096, 50
"""What psycopg keeps in mind of a statement: so many bytes, and parameters (its ``_queries.py``)."""

_PART = "part_%d AS (%s)"


class ArrayBulk(SetBulk):
    """Writes rows to PostgreSQL."""

    source = "unnest(%s::bigint[]) AS given(value)"
    membership = "= ANY(%s::bigint[])"

    def numbers(self, numbers: Sequence[int]) -> str:
        """Return numbers as an array."""
        return f"{{{','.join(map(str, numbers))}}}"

    members = numbers

    def listed(self, column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
        """Return the condition that a column has one of these numbers."""
        array = cast(literal(self.numbers(numbers), Text()), ARRAY(BigInteger()))
        return column == func.any(array)

    def choosing(self, query: "Select[Any]", column: "Column[Any]", *order: "Column[Any]") -> Choosing:
        """Return what gives the rows of a query, which has no contents, that have one of some values in a column."""
        if python_type(column.type) is not str:
            return super().choosing(query, column, *order)
        given = cast(bindparam("given", type_=Text()), ARRAY(column.type))
        statement = query.where(column == func.any(given)).order_by(*order)
        convert = self.converter(column.table, column.name)

        def rows(connection: Connection, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
            array = _texts(written(values, convert))
            return connection.execute(statement, {"given": array}).all()

        return rows

    def marked(self, table: SqlTable, column: str) -> str:
        """Return what stands for the value of a column."""
        return f"%s::{self._kind(table, column)}"

    def one_of(self, table: SqlTable, column: str, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """Return what follows a column that has one of these values, and the parameters of it."""
        return f"= ANY({self._array(table, column)})", self._arrays(table, {column: values})

    def insert_each(self, connection: Connection, table: SqlTable, rows: Rows) -> None:
        """Insert rows that differ."""
        connection.exec_driver_sql(*self._inserted(table, rows))

    def update_each(self, connection: Connection, table: SqlTable, rows: Rows, by: Sequence[str]) -> None:
        """Update rows that differ."""
        connection.exec_driver_sql(*self._updated(table, rows, by))

    def write(self, connection: Connection, writes: Sequence[Write]) -> None:
        """Do several writes in few statements: the way to the server and back takes as long as many rows."""
        for statements in _batched([self._statement(each) for each in writes]):
            connection.exec_driver_sql(*_joined(statements))

    def _statement(self, write: Write) -> Statement:
        rows = self.rows(write.table, write.columns)
        match write:
            case Insertion(table=table):
                return self.set_inserted(table, rows) if rows.is_set else self._inserted(table, rows)
            case Change(table=table, by=by):
                return self.set_updated(table, rows, by) if rows.is_set else self._updated(table, rows, by)
        assert_never(write)

    def _inserted(self, table: SqlTable, rows: Rows) -> Statement:
        key = ("insert each", table.name, *rows.names)
        text = self.text(key, lambda: self._insertion(table, rows))
        return Statement(text, (*rows.same.values(), *self._arrays(table, rows.own)))

    def _updated(self, table: SqlTable, rows: Rows, by: Sequence[str]) -> Statement:
        text = self.text(("update each", table.name, by, *rows.names), lambda: self._update(table, rows, by))
        changed = [value for name, value in rows.same.items() if name not in by]
        keys = [rows.same[name] for name in by if name in rows.same]
        return Statement(text, (*changed, *self._arrays(table, rows.own), *keys))

    def _insertion(self, table: SqlTable, rows: Rows) -> str:
        name, quoted = self.quoted(table, [*rows.same, *rows.own])
        values = [*(self.marked(table, column) for column in rows.same), "given.*"]
        into = f"INSERT INTO {name} ({', '.join(quoted)})"
        return f"{into} SELECT {', '.join(values)} FROM {self._given(table, rows)}"  # noqa: S608 - names of our own

    def _update(self, table: SqlTable, rows: Rows, by: Sequence[str]) -> str:
        columns = [*rows.own, *rows.same]
        name, quoted = self.quoted(table, columns)
        new = {
            own: f"given.{column}" if own in rows.own else self.marked(table, own)
            for own, column in zip(columns, quoted, strict=True)
        }
        named = dict(zip(columns, quoted, strict=True))
        sets = [f"{named[own]} = {new[own]}" for own in (*rows.same, *rows.own) if own not in by]
        where = [f"{name}.{named[own]} = {new[own]}" for own in by]
        return f"UPDATE {name} SET {', '.join(sets)} FROM {self._given(table, rows)} WHERE {' AND '.join(where)}"  # noqa: S608 - names of our own

    def _given(self, table: SqlTable, rows: Rows) -> str:
        arrays = ", ".join(self._array(table, column) for column in rows.own)
        _, quoted = self.quoted(table, list(rows.own))
        return f"unnest({arrays}) AS given({', '.join(quoted)})"

    def _kind(self, table: SqlTable, column: str) -> str:
        return table.c[column].type.compile(self.dialect)

    def _array(self, table: SqlTable, column: str) -> str:
        """Return what stands for the values of a column; contents travel as they are, which servers read quicker."""
        mark = "%b" if python_type(table.c[column].type) is bytes else "%s"
        return f"{mark}::{self._kind(table, column)}[]"

    def _arrays(self, table: SqlTable, columns: Columns) -> list[Any]:
        return [_ARRAYS[python_type(table.c[column].type)](values) for column, values in columns.items()]


def _batched(statements: Sequence[Statement]) -> Iterator[list[Statement]]:
    """Yield statements in lists whose text psycopg keeps in mind: it takes others apart each time."""
    batch: list[Statement] = []
    length = parameters = 0
    for each in statements:
        own_length, own_parameters = len(each.text) + len(_PART), len(each.parameters)
        if batch and (length + own_length > _LONGEST or parameters + own_parameters > _MOST_PARAMETERS):
            yield batch
            batch, length, parameters = [], 0, 0
        batch.append(each)
        length, parameters = length + own_length, parameters + own_parameters
    if batch:
        yield batch


def _joined(statements: Sequence[Statement]) -> Statement:
    """Return one statement that does what several do."""
    *others, last = statements
    if not others:
        return last
    parts = ", ".join([_PART % (number, each.text) for number, each in enumerate(others)])
    return Statement(f"WITH {parts} {last.text}", tuple([value for each in statements for value in each.parameters]))


def _unquoted(values: Sequence[Any]) -> str:
    return f"{{{','.join(['NULL' if value is None else str(value) for value in values])}}}"


def _moments(values: Sequence[datetime | None]) -> str:
    return f"{{{','.join(['NULL' if value is None else value.isoformat() for value in values])}}}"


def _contents(values: Sequence[bytes | None]) -> list[bytes | None]:
    return [None if value is None else bytes(value) for value in values]  # psycopg wants all of one type


def _texts(values: Sequence[str | None]) -> str:
    return f"{{{','.join(['NULL' if value is None else _text(value) for value in values])}}}"


def _text(value: str) -> str:
    if "\\" in value:
        value = value.replace("\\", "\\\\")
    if '"' in value:
        value = value.replace('"', '\\"')
    return f'"{value}"'


_ARRAYS: dict[type, Callable[[Sequence[Any]], Any]] = {
    int: _unquoted,
    bool: _unquoted,
    float: _unquoted,
    str: _texts,
    datetime: _moments,
    bytes: _contents,
}
"""How values of a type stand in an array."""
