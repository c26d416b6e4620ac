"""Locks for a limited time."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from databus.database.sql_db.locking import locked
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions


class Locks:
    """Says which drive has which lock."""

    def __init__(self, tables: Tables, transactions: Transactions) -> None:
        self._table = tables.held_lock
        self._transactions = transactions

    def take(self, name: str, *, owner: str, lease: timedelta, now: datetime) -> bool:
        """Take, renew or give back a lock; see ``AbstractDatabase.lock``."""
        # Two who take a free lock both insert it; the one whom the server refuses looks again.
        return self._transactions.write(
            lambda connection: self._take(connection, name, owner, now + lease if lease else None, now), repeatable=True
        )

    def _take(self, connection: Connection, name: str, owner: str, until: datetime | None, now: datetime) -> bool:
        table = self._table
        this = table.c.name == name
        query = select(table.c.owner, table.c.until).where(this)
        held = connection.execute(locked(query, table)).one_or_none()
        if held is not None and held.owner != owner and held.until > now:
            return False
        if until is None:
            connection.execute(delete(table).where(this))
        elif held is None:
            connection.execute(insert(table).values(name=name, owner=owner, until=until))
        else:
            connection.execute(update(table).where(this).values(owner=owner, until=until))
        return True
