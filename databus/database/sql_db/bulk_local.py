"""Many rows for SQLite, which takes them one by one as fast as it gets them, and a set of them much faster."""

from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, Connection, Select, bindparam, func, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.exc import DataError

from databus.database.sql_db.bulk import ROWS, Choosing
from databus.database.sql_db.bulk_sets import Rows, SetBulk
from databus.database.sql_db.column_types import written

_TOGETHER = 128
"""Rows of one statement, which SQLite writes without giving Python's lock back and waiting for it after each."""


class LocalBulk(SetBulk):
    """Writes rows to SQLite."""

    mark = "?"
    source = "json_each(?)"
    membership = "IN (SELECT value FROM json_each(?))"

    def numbers(self, numbers: Sequence[int]) -> str:
        """Return numbers as JSON."""
        return orjson.dumps(numbers).decode()

    members = numbers

    def listed(self, column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
        """Return the condition that a column has one of these numbers."""
        return column.in_(select(func.json_each(self.numbers(numbers)).table_valued("value").c.value))

    def choosing(self, query: "Select[Any]", column: "Column[Any]", *order: "Column[Any]") -> Choosing:
        """Return what gives the rows of a query, which has no contents, that have one of some values in a column.

        All rows come as one text, in half the time of as many rows, and without Python's lock.
        """
        one_by_one = super().choosing(query, column, *order)
        given = select(func.json_each(bindparam("given")).table_valued("value").c.value)
        inner = query.where(column.in_(given)).order_by(*order).subquery()
        statement = select(func.json_group_array(func.json_array(*inner.c)))
        text = str(statement.compile(dialect=self.dialect))
        convert = self.converter(column.table, column.name)

        def rows(connection: Connection, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
            wanted = orjson.dumps(written(values, convert)).decode()
            try:
                found = connection.exec_driver_sql(text, (wanted,)).scalar_one()
            except DataError:  # there is more than a text may have, but for SQLite each row by itself is small enough
                return one_by_one(connection, values)
            return ROWS.decode(found)

        return rows

    def insert_each(self, connection: Connection, table: SqlTable, rows: Rows) -> None:
        """Insert rows that differ."""
        own = list(zip(*rows.own.values(), strict=True))
        same = tuple(rows.same.values())
        names = (*rows.same, *rows.own)
        key = (table.name, len(same), *names)
        whole = len(own) - len(own) % _TOGETHER
        for first in range(0, whole, _TOGETHER):
            text = self.text(("insert many", *key), lambda: self._insertion_of_many(table, rows))
            connection.exec_driver_sql(text, (*same, *chain.from_iterable(own[first : first + _TOGETHER])))
        if own[whole:]:
            text = self.text(("insert each", *key), lambda: self._insertion(table, names))
            connection.exec_driver_sql(text, [(*same, *each) for each in own[whole:]])

    def _insertion_of_many(self, table: SqlTable, rows: Rows) -> str:
        name, quoted = self.quoted(table, [*rows.same, *rows.own])
        first, width = len(rows.same), len(rows.own)
        shared = [f"?{number + 1}" for number in range(first)]
        each = [
            [*shared, *(f"?{first + row * width + number + 1}" for number in range(width))] for row in range(_TOGETHER)
        ]
        values = ", ".join(f"({', '.join(marks)})" for marks in each)
        return f"INSERT INTO {name} ({', '.join(quoted)}) VALUES {values}"  # noqa: S608 - names of our own

    def update_each(self, connection: Connection, table: SqlTable, rows: Rows, by: Sequence[str]) -> None:
        """Update rows that differ."""
        columns = {**rows.own, **{name: repeat(value) for name, value in rows.same.items()}}
        ordered = [*(name for name in columns if name not in by), *by]
        text = self.text(("update each", table.name, by, *ordered), lambda: self._update(table, ordered, by))
        connection.exec_driver_sql(text, list(zip(*(columns[name] for name in ordered), strict=False)))

    def _insertion(self, table: SqlTable, columns: Sequence[str]) -> str:
        name, quoted = self.quoted(table, columns)
        marks = ", ".join("?" * len(columns))
        return f"INSERT INTO {name} ({', '.join(quoted)}) VALUES ({marks})"  # noqa: S608 - names of our own

    def _update(self, table: SqlTable, ordered: Sequence[str], by: Sequence[str]) -> str:
        name, quoted = self.quoted(table, ordered)
        given = [f"{each} = ?" for each in quoted]
        changed = len(ordered) - len(by)
        return f"UPDATE {name} SET {', '.join(given[:changed])} WHERE {' AND '.join(given[changed:])}"  # noqa: S608 - names of our own
