"""Many rows for SQL Server as SQLAlchemy and the drivers write them, which put rows together that are inserted."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update
from sqlalchemy import Table as SqlTable

from databus.database.sql_db.bulk import Bulk, Columns

_BY = "by_"
"""Columns of a condition have names of their own, as SQLAlchemy wants it."""


class PlainBulk(Bulk):
    """Writes rows in plain statements."""

    def insert(self, connection: Connection, table: SqlTable, columns: Columns) -> None:
        """Insert rows."""
        connection.execute(insert(table), _rows(list(columns), columns))

    def update(self, connection: Connection, table: SqlTable, columns: Columns, *, by: Sequence[str]) -> None:
        """Update the rows that ``by`` identifies."""
        where = [table.c[name] == bindparam(_BY + name) for name in by]
        values: dict[str, Any] = {name: bindparam(name) for name in columns if name not in by}
        names = [_BY + name if name in by else name for name in columns]
        connection.execute(update(table).where(*where).values(values), _rows(names, columns))


def _rows(names: Sequence[str], columns: Columns) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
