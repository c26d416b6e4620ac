"""Locking rows until the end of a transaction, by each server's own means.

SQLite needs nothing: who writes is alone. SQL Server knows no ``FOR UPDATE`` and is told by hints, which SQLAlchemy
leaves out elsewhere; there, the clause is left out silently.
"""

from typing import Any

from sqlalchemy import Select
from sqlalchemy import Table as SqlTable

_WAITING = "WITH (UPDLOCK, ROWLOCK)"
_SKIPPING = "WITH (UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK)"


def locked(query: "Select[Any]", table: SqlTable) -> "Select[Any]":
    """Let a query wait for the rows of a table that others have locked, and lock them."""
    return query.with_for_update(of=table).with_hint(table, _WAITING, "mssql")


def locked_if_free(query: "Select[Any]", table: SqlTable) -> "Select[Any]":
    """Let a query pass over the rows of a table that others have locked, and lock the rest."""
    return query.with_for_update(of=table, skip_locked=True).with_hint(table, _SKIPPING, "mssql")
