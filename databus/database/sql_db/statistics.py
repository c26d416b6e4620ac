"""Letting PostgreSQL count its rows while a queue fills.

It does so by itself a minute later at best, and until then guesses which index is best: the guess that reads all
passengers of a route for each claim looks as good to it as any other, and lists take twice their time.
"""

import logging
import threading

from databus.database.sql_db.entry_rows import step_tables
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions
from databus.errors import StoreError

FIRST = 10_000
"""Passengers after which they are counted: to read fewer than these is no matter."""

FACTOR = 4
"""So many times as many there are at the next count."""

LAST = 200_000
"""With more, a minute is soon enough."""

_logger = logging.getLogger("databus")


class Statistics:
    """Has the rows of the queue counted."""

    def __init__(self, tables: Tables, transactions: Transactions) -> None:
        self._transactions = transactions
        counted = (tables.queue, tables.queue_lease, tables.queue_attachment, *step_tables(tables).values())
        self._statement = f"ANALYZE {', '.join(map(transactions.preparer.format_table, counted))}"
        self._lock = threading.Lock()
        self._seated = 0
        self._next = FIRST

    def grow(self, by: int) -> None:
        """Note that so many passengers were seated by this process."""
        if self._transactions.dialect != "postgresql":
            return
        with self._lock:
            self._seated += by
            is_due = self._next <= min(self._seated, LAST)
            if is_due:
                self._next = FACTOR * self._seated
        if is_due:
            self._count()

    def _count(self) -> None:
        try:
            self._transactions.write(
                lambda connection: connection.exec_driver_sql(self._statement), repeatable=True, durable=False
            )
        except StoreError as error:  # the passengers are seated, and this only makes them travel faster
            _logger.debug("The rows of the queue could not be counted: %s", error)
