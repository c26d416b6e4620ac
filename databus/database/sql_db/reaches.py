"""How far a page looks into the queue.

What an index does not answer is looked for in a bounded number of entries: the page then ends early, and the next one
goes on behind them. Where an index answers everything, pages reach to the end.
"""

from collections.abc import Sequence
from heapq import merge
from itertools import groupby, islice
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

    def of(self, connection: Connection, query: QueueQuery, ways: Sequence[Way], before: int | None) -> Reach:
        """Return what is looked through for a page that begins below an id."""
        along = [self._along(query, way) for way in ways]
        unnamed = [each for each, way in zip(along, ways, strict=True) if way.by]
        if self._details.are_asked_for(query):
            most = min(TOGETHER, max(1, self._looked_through // _DETAILS))
            if query.error and unnamed:
                return _named(self._failures.newest(connection, before, most + 1), most)
            return _named(self._newest(connection, along, before, most + 1), most)
        is_bounded = query.search or any(True for _ in self._filters.of_each(query))
        return Reach(self._floor(connection, unnamed, before) if is_bounded else None)

    def _along(self, query: QueueQuery, way: Way) -> "Select[Any]":
        of_client = self._filters.of_client(query.client_id, named=not way.by)
        return led(select(self._id), self._queue, way.by).where(of_client, way.along).order_by(self._id.desc())

    def _newest(
        self, connection: Connection, along: Sequence["Select[Any]"], before: int | None, most: int
    ) -> list[int]:
        lists = [list(connection.execute(self._below(each, before).limit(most)).scalars()) for each in along]
        return highest(lists, most)

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


def _named(ids: list[int], most: int) -> Reach:
    """Return what reaches to the last but one of the ids, or to the end where they are not more than ``most``."""
    return Reach(ids[most - 1] if len(ids) > most else None, ids[:most])


def highest(lists: Sequence[Sequence[int]], most: int) -> list[int]:
    """Return the highest ids of descending lists, once each."""
    ids = (each for each, _ in groupby(merge(*lists, reverse=True)))
    return list(islice(ids, most))
