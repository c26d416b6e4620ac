"""Whether a SQL database can be opened, without changing anything in it."""

import sqlite3
from contextlib import closing
from enum import Enum, auto
from pathlib import Path

from databus.database.sql_db.engine import make_engine
from databus.database.sql_db.migrating import HEAD, VERSION_TABLE, revision_of
from databus.database.sql_db.refusals import explained
from databus.database.sql_db.sql_database_arguments import Target
from databus.database.sql_db.transactions import Transactions


class TablesThere(Enum):
    """What of Databus's tables a database has."""

    NONE = auto()
    OLDER = auto()
    PRESENT = auto()


def probe(target: Target) -> TablesThere:
    """Connect as an export or a dispatcher would, and look for Databus's tables.

    Raises:
        StoreUnreachable, StoreError: It cannot be opened; the text says what helps.
        NewerSchema: A newer Databus has made the tables.
        ConfigError: The driver does not take the options.
    """
    transactions = Transactions(make_engine(target), str(target))
    try:
        with explained(target, transactions):
            revision = revision_of(transactions, target)
    finally:
        transactions.close()
    if not revision:
        return TablesThere.NONE
    return TablesThere.PRESENT if revision == HEAD else TablesThere.OLDER


def has_tables(target: Target) -> bool:
    """Return whether Databus has made its tables in a database, as far as that can be told without changing it.

    Raises:
        StoreError: As :func:`probe`.
    """
    if target.file is not None:
        return _file_has_tables(target.file)
    return target.url.get_backend_name() == "sqlite" or probe(target) is not TablesThere.NONE


def _file_has_tables(path: Path) -> bool:
    """Return the same for a file, which a connection as Databus opens it would change."""
    query = "SELECT count(*) FROM sqlite_master WHERE name = ?"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute(query, (VERSION_TABLE,)).fetchone()[0])
    except sqlite3.DatabaseError:
        return True  # it cannot be read like this; opening it tells why, where it cannot be read at all
