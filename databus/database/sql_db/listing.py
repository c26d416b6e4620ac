"""Which entries a page of a list shows: each statement follows an index from the newest entry on."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, or_, true

from databus.database.records import QueueQuery
from databus.database.sql_db.bulk import Bulk
from databus.database.sql_db.details import Details
from databus.database.sql_db.failures import Failures
from databus.database.sql_db.filters import Filters
from databus.database.sql_db.reaches import Reaches, highest
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.way import Reach, Way, led
from databus.database.sql_db.ways import Ways


class Listed(NamedTuple):
    """What was found for a page.

    Attributes:
        ids: Those of the page, and one more where there is one.
        floor: How far down they were looked for; None for the end.
    """

    ids: list[int]
    floor: int | None


class Listing:
    """Finds the ids of a page.

    Args:
        looked_through: The most entries that are looked at for one page.
    """

    def __init__(self, tables: Tables, bulk: Bulk, ways: Ways, failures: Failures, looked_through: int) -> None:
        self._queue = tables.queue
        self._id = tables.queue.c.id
        self._bulk = bulk
        self._ways = ways
        self._filters = Filters(tables)
        self._details = Details(tables, bulk)
        self._reaches = Reaches(tables, self._filters, self._details, failures, looked_through)

    def newest(self, connection: Connection, query: QueueQuery, before: int | None, now: datetime) -> Listed:
        """Return the ids of a page that begins below an id."""
        if connection.dialect.name == "postgresql":
            # A plan for any values, which it would make at the tenth time, goes along another index: it knows no limit.
            connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
        most = query.limit + 1
        wanted = self._filters.narrowed(query, before).limit(most)
        ways = self._ways.of(connection, query, now)
        reach = self._reaches.of(connection, query, ways, before)
        lists = []
        for index, condition in self._conditions(connection, query, ways, reach):
            of_client = self._filters.of_client(query.client_id, named=not index)
            found = led(wanted, self._queue, index).where(of_client, condition)
            lists.append(list(connection.execute(found).scalars()))
        return Listed(highest(lists, most), reach.floor)

    def _conditions(
        self, connection: Connection, query: QueueQuery, ways: Sequence[Way], reach: Reach
    ) -> Iterator[tuple[str, ColumnElement[bool]]]:
        """Yield what is to be found within a reach, by a statement each, and by which index."""
        if reach.ids is None:
            within = true() if reach.floor is None else self._id >= reach.floor
            for way in ways:
                yield way.by, and_(within, way.along, way.also)
        elif fitting := self._details.fitting(connection, query, reach.ids):
            within = self._bulk.listed(self._id, fitting)
            # One statement for all ways that name no ids themselves: the server need not choose between them.
            alternatives = [[way for way in ways if way.by], *([way] for way in ways if not way.by)]
            for each in filter(None, alternatives):
                yield "", and_(within, or_(*(and_(way.along, way.also) for way in each)))
