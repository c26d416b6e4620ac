"""Reading a queue page by page, and listing it."""

from collections.abc import Iterator
from functools import cache, partial
from itertools import chain, islice

from msgspec.structs import replace

from databus.cli.failing import Exit, note
from databus.cli.output import Column, beginning, last_part, on_terminal, show
from databus.database.abstract_database import AbstractDatabase
from databus.database.paging import pages_of
from databus.database.records import Entry, QueueQuery
from databus.database.steps import state
from databus.operating.entry_record import entry_record
from databus.operating.entry_story import error_line, next_steps
from databus.operating.waiting import read_surroundings
from databus.timestamps import utc_now

BATCH = 256
"""Entries that are read at once."""


def list_entries(database: AbstractDatabase, query: QueueQuery, *, limit: int | None, as_json: bool) -> int:
    """List what a query selects; say so if it is more than the limit."""
    found = found_entries(database, query, limit=None if limit is None else limit + 1)
    listing = _Limited(found, limit)
    surroundings = cache(partial(read_surroundings, database, query.client_id))  # read for the first entry as JSON
    count = show(
        listing,
        COLUMNS,
        as_json=as_json,
        record=lambda entry: entry_record(entry, surroundings(), now=utc_now()),
    )
    if on_terminal() and not as_json:
        if not count:
            note("nothing in the queue" + (" matches" if _filters(query) else ""))
        if listing.more:
            note(f"these are the newest {count}: --all lists all, --limit N so many")
    return Exit.DONE


class _Limited:
    """At most so many of an iterator's items; ``more`` says whether there were others."""

    def __init__(self, items: Iterator[Entry], limit: int | None) -> None:
        self._items = items
        self._limit = limit
        self.more = False

    def __iter__(self) -> Iterator[Entry]:
        for count, item in enumerate(self._items):
            if count == self._limit:
                self.more = True
                return
            yield item


def found_entries(database: AbstractDatabase, query: QueueQuery, *, limit: int | None = None) -> Iterator[Entry]:
    """Give the entries that a query selects, newest first, reading page after page."""
    query = replace(query, limit=BATCH if limit is None else min(BATCH, limit))
    return islice(chain.from_iterable(pages_of(database, query, clock=utc_now)), limit)


def _filters(query: QueueQuery) -> bool:
    return query != QueueQuery(client_id=query.client_id)


COLUMNS: list[Column[Entry]] = [
    Column("state", lambda entry: state(entry, utc_now()).value),
    Column("external id", lambda entry: entry.external_id),
    Column("source", lambda entry: entry.source_system),
    Column("internal id", lambda entry: entry.internal_id, brief=beginning),
    Column("passenger", lambda entry: entry.passenger_module, brief=last_part),
    Column("pulled", lambda entry: entry.pull_datetime),
    Column("next", next_steps, brief=last_part, optional=True),
    Column("last error", error_line, optional=True),
]
