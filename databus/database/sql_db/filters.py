"""What every entry of a list must fulfil."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select

from databus.database.records import QueueQuery
from databus.database.sql_db.tables import Tables


class Filters:
    """Turns queries into conditions."""

    def __init__(self, tables: Tables) -> None:
        self._queue = tables.queue

    def of_client(self, client_id: str, *, named: bool) -> ColumnElement[bool]:
        """Return the condition for entries of a client.

        Where ids are named, MariaDB may still go through all of the client, or of its route: its indexes hold ids, too.
        Of a coalesce, no index knows.
        """
        own = self._queue.c.client_id
        return (func.coalesce(own, literal("", own.type)) if named else own) == client_id

    def narrowed(self, query: QueueQuery, before: int | None) -> "Select[Any]":
        """Return the query for ids below one, of what neither ways nor details say already."""
        conditions = list(self.of_each(query))
        if before is not None:
            conditions.append(self._queue.c.id < before)
        if query.passenger_module:
            conditions.append(self._queue.c.passenger_module == query.passenger_module)
        return select(self._queue.c.id).where(*conditions).order_by(self._queue.c.id.desc())

    def of_each(self, query: QueueQuery) -> Iterator[ColumnElement[bool]]:
        """Yield what no index answers: each entry on the way is looked at for it."""
        if query.source_system:
            yield self._queue.c.source_system == query.source_system
        if query.pulled_from is not None:
            yield self._queue.c.pull_datetime >= query.pulled_from
        if query.pulled_before is not None:
            yield self._queue.c.pull_datetime < query.pulled_before
