"""How far a page looks into the queue.

What an index does not answer is looked for in a bounded number of entries: the page then ends early, and the next one
goes on behind them. Where an index answers everything, pages reach to the end.
"""

from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, select

from databus.database.records import QueueQuery
from databus.database.sql_db.details import Details
from databus.database.sql_db.entry_rows import TOGETHER
from databus.database.sql_db.failures import Failures
from databus.database.sql_db.filters import Filters
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.way import Reach, Way, led

_DETAILS = 10
"""An entry whose steps or attachments are read takes the time of so many others."""

_Ids = Callable[[int | None, int], list[int]]
"""Returns so many ids below one, newest first."""


class Reaches:
    """Finds out how far pages look.

    Args:
        looked_through: The most entries that are looked at for one page.
    """

    def __init__(
        self, tables: Tables, filters: Filters, details: Details, failures: Failures, looked_through: int
    ) -> None:
        self._queue = tables.queue
        self._id = tables.queue.c.id
        self._filters = filters
        self._details = details
        self._failures = failures
        self._looked_through = looked_through

    def of(self, connection: Connection, query: QueueQuery, ways: Sequence[Way], before: int | None) -> Iterator[Reach]:
        """Yield what is looked through for a page, one after the other, until it is full."""
        along = [self._along(query, way) for way in ways]
        unnamed = [each for each, way in zip(along, ways, strict=True) if way.by]
        if query.error and unnamed:
            yield from self._named(lambda below, most: self._failures.newest(connection, below, most), before)
        elif self._details.are_asked_for(query):
            yield from self._named(lambda below, most: self._newest(connection, along, below, most), before)
        elif query.search or any(True for _ in self._filters.of_each(query)):
            yield Reach(self._floor(connection, unnamed, before))
        else:
            yield Reach(None)

    def _along(self, query: QueueQuery, way: Way) -> "Select[Any]":
        of_client = self._filters.of_client(query.client_id, named=not way.by)
        return led(select(self._id), self._queue, way.by).where(of_client, way.along).order_by(self._id.desc())

    def _named(self, newest: _Ids, before: int | None) -> Iterator[Reach]:
        """Yield what is named: as many as one statement can, one after the other."""
        left = max(1, self._looked_through // _DETAILS)
        while left:
            together = min(TOGETHER, left)
            ids = newest(before, together + 1)
            if len(ids) <= together:
                yield Reach(None, ids)
                return
            before = ids[together - 1]
            left -= together
            yield Reach(before, ids[:together])

    def _newest(
        self, connection: Connection, along: Sequence["Select[Any]"], before: int | None, most: int
    ) -> list[int]:
        lists = [connection.execute(self._below(each, before).limit(most)).scalars() for each in along]
        return list(islice(without_doubles(merge(*lists, reverse=True)), most))

    def _floor(self, connection: Connection, along: Sequence["Select[Any]"], before: int | None) -> int | None:
        """Return down to which id a page looks at each entry along its ways; None for the end of them all.

        An index alone answers it, so that no more than each way's share is read, whatever is wanted of it.
        """
        floors: list[int] = []
        for each in along:
            share = max(1, self._looked_through // len(along))
            last = list(connection.execute(self._below(each, before).limit(2).offset(share - 1)).scalars())
            floors += last[:1] if len(last) > 1 else []
        return max(floors, default=None)

    def _below(self, query: "Select[Any]", before: int | None) -> "Select[Any]":
        return query if before is None else query.where(self._id < before)


def without_doubles(ids: Iterator[int]) -> Iterator[int]:
    """Yield ascending or descending ids once each."""
    last = None
    for each in ids:
        if each != last:
            yield each
        last = each
