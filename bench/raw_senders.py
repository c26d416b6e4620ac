"""Sending many rows to a server through its own Python driver: row by row, or in the form that is fastest there."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Dialect
from sqlalchemy import Table as SqlTable

Own = Mapping[str, Sequence[Any]]
"""Columns in which rows differ; the numbers of the rows come first."""

Same = Mapping[str, Any]
"""What is the same in all rows."""


class Sender(ABC):
    """Sends rows.

    Args:
        cursor: The driver's.
    """

    def __init__(self, cursor: Any, dialect: Dialect) -> None:
        self._cursor = cursor
        self._dialect = dialect
        self.mark = "?" if dialect.name == "sqlite" else "%s"

    def look(self, table: SqlTable, values: Own) -> None:
        """Look whether a row has one of the values of a column."""
        parts = [
            f"SELECT 1 FROM {self._quoted(table)} WHERE {each} IN ({_marks(self.mark, own)})"
            for each, own in values.items()
        ]
        self._cursor.execute(f"{' UNION ALL '.join(parts)} LIMIT 1", [each for own in values.values() for each in own])
        self._cursor.fetchall()

    def insert(self, table: SqlTable, own: Own, same: Same) -> None:
        """Insert rows."""
        name, columns = self._quoted(table), ", ".join(map(self._column, (*same, *own)))
        marks = ", ".join([self.mark] * len(same))
        given, parameters = self.given(table, own)
        text = f"INSERT INTO {name} ({columns}) SELECT {marks}, given.* FROM {given}"
        self._cursor.execute(text, (*same.values(), *parameters))

    def insert_each(self, table: SqlTable, own: Own, same: Same) -> None:
        """Insert rows with one statement for each."""
        columns = ", ".join(map(self._column, (*own, *same)))
        text = f"INSERT INTO {self._quoted(table)} ({columns}) VALUES ({', '.join([self.mark] * len((*own, *same)))})"
        constant = tuple(same.values())
        self._cursor.executemany(text, [(*row, *constant) for row in zip(*own.values(), strict=True)])

    def update(self, table: SqlTable, own: Own, same: Same, key: Same) -> None:
        """Update the rows with these numbers, which have no gaps, and with this key beside them."""
        ((first, numbers),) = own.items()
        sets = ", ".join(f"{self._column(each)} = {self.mark}" for each in same)
        where = "".join(f" AND {self._column(each)} = {self.mark}" for each in key)
        text = f"UPDATE {self._quoted(table)} SET {sets} WHERE {first} BETWEEN {self.mark} AND {self.mark}{where}"
        self._cursor.execute(text, (*same.values(), numbers[0], numbers[-1], *key.values()))

    @abstractmethod
    def given(self, table: SqlTable, own: Own) -> tuple[str, Sequence[Any]]:
        """Return how parameters become a table ``given``, and these parameters."""

    def _quoted(self, table: SqlTable) -> str:
        return self._dialect.identifier_preparer.format_table(table)

    def _column(self, name: str) -> str:
        return self._dialect.identifier_preparer.quote(name)

    def _kind(self, table: SqlTable, column: str) -> str:
        return table.c[column].type.compile(self._dialect)


class RowByRow(Sender):
    """Sends one plain statement with the rows as its parameters, which drivers send in their own best way."""

    def insert(self, table: SqlTable, own: Own, same: Same) -> None:
        self.insert_each(table, own, same)

    def update(self, table: SqlTable, own: Own, same: Same, key: Same) -> None:
        ((first, numbers),) = own.items()
        sets = ", ".join(f"{self._column(each)} = {self.mark}" for each in same)
        where = " AND ".join(f"{self._column(each)} = {self.mark}" for each in (first, *key))
        text = f"UPDATE {self._quoted(table)} SET {sets} WHERE {where}"
        self._cursor.executemany(text, [(*same.values(), number, *key.values()) for number in numbers])

    def given(self, table: SqlTable, own: Own) -> tuple[str, Sequence[Any]]:
        raise NotImplementedError("rows are sent one by one")


class _Sqlite(Sender):
    def given(self, table: SqlTable, own: Own) -> tuple[str, Sequence[Any]]:
        (numbers,) = own.values()
        return "(SELECT value FROM json_each(?)) AS given", [orjson.dumps(numbers).decode()]

    def insert(self, table: SqlTable, own: Own, same: Same) -> None:
        if len(own) == 1:
            super().insert(table, own, same)
        else:
            self.insert_each(table, own, same)


class _Postgresql(Sender):
    def look(self, table: SqlTable, values: Own) -> None:
        name = self._quoted(table)
        parts = [f"SELECT 1 FROM {name} WHERE {each} = ANY(%s::{self._kind(table, each)}[])" for each in values]
        self._cursor.execute(f"{' UNION ALL '.join(parts)} LIMIT 1", [_array(own) for own in values.values()])
        self._cursor.fetchall()

    def given(self, table: SqlTable, own: Own) -> tuple[str, Sequence[Any]]:
        arrays = ", ".join(f"%s::{self._kind(table, each)}[]" for each in own)
        columns = ", ".join(map(self._column, own))
        return f"unnest({arrays}) AS given({columns})", [_array(values) for values in own.values()]


class _Mariadb(Sender):
    def look(self, table: SqlTable, values: Own) -> None:
        parts = [f"SELECT 1 FROM {self._quoted(table)} WHERE {each} IN %s" for each in values]
        self._cursor.execute(f"{' UNION ALL '.join(parts)} LIMIT 1", [tuple(own) for own in values.values()])
        self._cursor.fetchall()

    def given(self, table: SqlTable, own: Own) -> tuple[str, Sequence[Any]]:
        """Return a table of numbers; one of texts would be on the disk."""
        (numbers,) = own.values()
        return "JSON_TABLE(%s, '$[*]' COLUMNS (value BIGINT PATH '$')) AS given", [orjson.dumps(numbers).decode()]

    def insert(self, table: SqlTable, own: Own, same: Same) -> None:
        if len(own) == 1:
            super().insert(table, own, same)
            return
        columns = ", ".join(map(self._column, (*own, *same)))
        constant = self._cursor.mogrify(_marks("%s", same), tuple(same.values())).replace("%", "%%")
        rows = [[each.hex() if isinstance(each, bytes) else each for each in values] for values in own.values()]
        marks = ", ".join("UNHEX(%s)" if isinstance(values[0], bytes) else "%s" for values in own.values())
        row = f"({marks}, {constant})"
        text = f"INSERT INTO {self._quoted(table)} ({columns}) VALUES {', '.join([row] * len(rows[0]))}"
        self._cursor.execute(text, [value for each in zip(*rows, strict=True) for value in each])


SENDERS: Mapping[str, type[Sender]] = {
    "sqlite": _Sqlite, "postgresql": _Postgresql, "mariadb": _Mariadb, "mysql": _Mariadb,
}  # fmt: skip
"""By the name of SQLAlchemy's dialect."""


def _marks(mark: str, values: Sequence[Any] | Same) -> str:
    return ", ".join([mark] * len(values))


def _array(values: Sequence[Any]) -> str:
    """Return an array as PostgreSQL reads it; psycopg would look at each value. None of ours needs to be escaped."""
    if isinstance(values[0], bytes):
        return '{"\\\\x' + '","\\\\x'.join([value.hex() for value in values]) + '"}'
    if isinstance(values[0], datetime):
        return f"{{{','.join([value.isoformat() for value in values])}}}"
    if isinstance(values[0], str):
        return '{"' + '","'.join(values) + '"}'
    return f"{{{','.join(map(str, values))}}}"
