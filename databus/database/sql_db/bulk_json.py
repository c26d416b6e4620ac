"""Many rows for MariaDB and MySQL: what differs is one JSON text, or one list of values.

PyMySQL writes each value into the text of a statement, which takes it longer than the server needs for the row.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import orjson
from msgspec import DecodeError
from sqlalchemy import Column, Connection, Select, func
from sqlalchemy import Table as SqlTable

from databus.batches import batched_by_size
from databus.database.sql_db.bulk import ROWS, Choosing, Converter
from databus.database.sql_db.bulk_sets import Rows, SetBulk
from databus.database.sql_db.column_types import moment_text, python_type
from databus.database.sql_db.packets import longest

_SHORT = 24
"""Characters of a number or of nothing, with what stands around it."""


class JsonBulk(SetBulk):
    """Writes rows to MariaDB and MySQL."""

    source = "JSON_TABLE(%s, '$[*]' COLUMNS (value BIGINT PATH '$')) AS given"
    membership = "IN %s"

    def numbers(self, numbers: Sequence[int]) -> str:
        """Return numbers as JSON."""
        return orjson.dumps(numbers).decode()

    def members(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Return numbers, which PyMySQL writes as a list."""
        return tuple(numbers)

    def converter(self, table: SqlTable, column: str) -> Converter:
        """Return what makes of a value what stands in JSON, too."""
        kind = python_type(table.c[column].type)
        if kind is bytes:
            return _hex
        return moment_text if kind is datetime else super().converter(table, column)

    def marked(self, table: SqlTable, column: str) -> str:
        """Return what stands for the value of a column."""
        return _unwritten(table, column, "%s")

    def choosing(self, query: "Select[Any]", column: "Column[Any]", *order: "Column[Any]") -> Choosing:
        """Return what gives the rows of a query, which has no contents, that have one of some values in a column.

        All come as one text: PyMySQL takes rows apart in Python, value by value.
        """
        one_by_one = super().choosing(query, column, *order)
        if not getattr(self.dialect, "is_mariadb", False):
            return one_by_one
        text = func.group_concat(func.json_array(*query.selected_columns))
        together = query.with_only_columns(func.count(), text.aggregate_order_by(*order) if order else text)
        as_text = super().choosing(together, column)

        def rows(connection: Connection, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
            [(number, found)] = as_text(connection, values)
            whole = _whole_rows(number, found)
            return whole if whole is not None else one_by_one(connection, values)

        return rows

    def insert_each(self, connection: Connection, table: SqlTable, rows: Rows) -> None:
        """Insert rows that differ, as a list of values: a table of texts made of JSON would be one on the disk."""
        name, quoted = self.quoted(table, [*rows.own, *rows.same])
        into = f"INSERT INTO {name} ({', '.join(quoted)}) VALUES "  # noqa: S608 - names of our own
        if not rows.same and all(_is_number_or_bytes(table, each) for each in rows.own):
            self._insert_literals(connection, into, table, rows)
            return
        same = _written(connection, self._marks(table, rows.same), tuple(rows.same.values()))
        row = f"({', '.join(filter(None, [self._marks(table, rows.own), same]))})"
        for part in _parts(rows, len(same), longest(connection)):
            text = into + ", ".join([row] * len(part))
            connection.exec_driver_sql(text, tuple([value for own in part for value in own]))

    def _insert_literals(self, connection: Connection, into: str, table: SqlTable, rows: Rows) -> None:
        """Insert rows of numbers and bytes, which PyMySQL need not look at one by one."""
        row = ", ".join([_LITERALS[python_type(table.c[each].type)] for each in rows.own])
        for part in _parts(rows, len(row), longest(connection)):
            values = ", ".join([f"({row})"] * len(part)) % tuple([value for own in part for value in own])
            connection.exec_driver_sql(into + values)

    def _marks(self, table: SqlTable, columns: Iterable[str]) -> str:
        return ", ".join([self.marked(table, column) for column in columns])

    def update_each(self, connection: Connection, table: SqlTable, rows: Rows, by: Sequence[str]) -> None:
        """Update rows that differ."""
        text = self.text(("update each", table.name, by, *rows.names), lambda: self._update(table, rows, by))
        keys = [rows.same[name] for name in by if name in rows.same]
        changed = [value for name, value in rows.same.items() if name not in by]
        for given in _texts(list(zip(*rows.own.values(), strict=True)), longest(connection)):
            connection.exec_driver_sql(text, (given, *keys, *changed))

    def _update(self, table: SqlTable, rows: Rows, by: Sequence[str]) -> str:
        columns = [*rows.own, *rows.same]
        name, quoted = self.quoted(table, columns)
        named = dict(zip(columns, quoted, strict=True))
        new = {
            **{own: _unwritten(table, own, f"given.{named[own]}") for own in rows.own},
            **{own: self.marked(table, own) for own in rows.same},
        }
        kinds = [f"{named[own]} {self._kind(table, own)} PATH '$[{place}]'" for place, own in enumerate(rows.own)]
        given = f"JSON_TABLE(%s, '$[*]' COLUMNS ({', '.join(kinds)})) AS given"
        on = [f"{name}.{named[own]} = {new[own]}" for own in by]
        sets = [f"{name}.{named[own]} = {new[own]}" for own in columns if own not in by]
        return f"UPDATE {name} JOIN {given} ON {' AND '.join(on)} SET {', '.join(sets)}"  # noqa: S608 - names of our own

    def _kind(self, table: SqlTable, column: str) -> str:
        kind = table.c[column].type
        return "LONGTEXT" if python_type(kind) is bytes else kind.compile(self.dialect)


_LITERALS = {int: "%d", bytes: "x'%s'"}
"""How values stand in a statement that no quote or blank in them can end."""


def _is_number_or_bytes(table: SqlTable, column: str) -> bool:
    return not table.c[column].nullable and python_type(table.c[column].type) in _LITERALS


def _unwritten(table: SqlTable, column: str, value: str) -> str:
    """Return the value of a column, of which there is what the converter made of it."""
    return f"UNHEX({value})" if python_type(table.c[column].type) is bytes else value


def _written(connection: Connection, marks: str, values: tuple[Any, ...]) -> str:
    """Return values as PyMySQL writes them into a statement, for another one that has parameters, too."""
    with closing(connection.connection.cursor()) as cursor:
        text: str = cursor.mogrify(marks, values)
    return text.replace("%", "%%")


def _whole_rows(number: int, text: str | None) -> Sequence[Sequence[Any]] | None:
    """Return so many rows that came as a text; None where the server has let go of some, or of all of it.

    It does so with what is longer than ``group_concat_max_len`` or ``max_allowed_packet``, and says nothing.
    """
    try:
        rows = ROWS.decode(f"[{text or ''}]")
    except DecodeError:
        return None
    return rows if len(rows) == number else None


def _parts(rows: Rows, same: int, most: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows in lists of what one statement takes; ``same`` is how long what stands in every row is."""
    least = same + _SHORT * len(rows.own)
    return batched_by_size(
        zip(*rows.own.values(), strict=True),
        lambda row: least + sum([len(value) for value in row if isinstance(value, str)]),
        most,
    )


def _texts(rows: list[tuple[Any, ...]], most: int) -> Iterator[str]:
    """Yield rows as JSON, in texts of what one statement takes."""
    text = orjson.dumps(rows)
    if len(text) <= most or len(rows) == 1:
        yield text.decode()
        return
    half = len(rows) // 2
    yield from _texts(rows[:half], most)
    yield from _texts(rows[half:], most)


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()
