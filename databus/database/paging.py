"""Reading lists to their end."""

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, LogHead, LogQuery, QueueQuery


def pages_of(
    database: AbstractDatabase, query: QueueQuery, *, clock: Callable[[], datetime]
) -> Iterator[tuple[Entry, ...]]:
    """Yield the entries that a query selects, page after page; a page may be empty."""
    while True:
        page = database.find(query, now=clock())
        yield page.items
        if not page.next_cursor:
            return
        query = replace(query, cursor=page.next_cursor)


def log_pages_of(database: AbstractDatabase, query: LogQuery) -> Iterator[tuple[LogHead, ...]]:
    """Yield the logs that a query selects, page after page; a page may be empty."""
    while True:
        page = database.find_logs(query)
        yield page.items
        if not page.next_cursor:
            return
        query = replace(query, cursor=page.next_cursor)
