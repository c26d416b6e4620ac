"""Numbers that grow in the order of seating."""

import threading
from functools import partial

from sqlalchemy import Connection, bindparam, insert, select, update

from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions

_NAME = "queue"

_BLOCK = 1000
"""Numbers that a process which is alone with its database takes in one transaction."""


class Sequences:
    """Gives out the ids of queue entries; what was given and not used leaves a gap."""

    def __init__(self, tables: Tables, transactions: Transactions, *, alone: bool) -> None:
        self._counter = tables.counter
        self._value = select(tables.counter.c.value).where(tables.counter.c.name == _NAME)
        advanced = tables.counter.c.value + bindparam("number", type_=tables.counter.c.value.type)
        self._advancing = update(tables.counter).where(tables.counter.c.name == _NAME).values(value=advanced)
        self._returning = self._advancing.returning(tables.counter.c.value)
        self._transactions = transactions
        self._block = _BLOCK if alone else 0
        self._lock = threading.Lock()
        self._next = self._end = 0

    def take(self, number: int) -> int:
        """Return the first of so many ascending ids."""
        with self._lock:
            if self._next + number > self._end:
                size = max(number, self._block)
                advance = partial(self._advance, number=size)
                # What is seated under them becomes durable later, and on SQLite never without what went before.
                self._next = self._transactions.write(advance, repeatable=True, durable=False)
                self._end = self._next + size
            first, self._next = self._next, self._next + number
            return first

    def _advance(self, connection: Connection, number: int) -> int:
        if connection.dialect.update_returning:
            last = connection.execute(self._returning, {"number": number}).scalar()
        else:
            found = connection.execute(self._advancing, {"number": number}).rowcount
            last = connection.execute(self._value).scalar_one() if found else None
        if last is None:  # the first ones of all
            connection.execute(insert(self._counter).values(name=_NAME, value=number))
            last = number
        return int(last) - number + 1
