"""What a process that was killed left behind in a database that only one process may own."""

from sqlalchemy import Connection, delete, update

from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions


def end_leases(tables: Tables, transactions: Transactions) -> None:
    """End all leases and locks: whoever held them is gone."""
    transactions.write(lambda connection: _end_leases(connection, tables), repeatable=True)


def _end_leases(connection: Connection, tables: Tables) -> None:
    lease = tables.queue_lease
    connection.execute(update(lease).where(lease.c.until.is_not(None)).values(owner="", until=None))
    connection.execute(delete(tables.held_lock))
