"""Finding logs that are to be deleted, without looking at many that stay."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from databus.database.records import LogPurge
from databus.database.sql_db.entry_rows import AnyRow, full_name
from databus.database.sql_db.tables import Tables

LOOKED_AT = 256
"""Old logs that are looked at in the order of time first: mostly that are all."""


class OldLogs:
    """Finds the oldest logs that a rule names."""

    def __init__(self, tables: Tables) -> None:
        self._head = tables.log_head

    def ids(self, connection: Connection, rule: LogPurge, limit: int) -> list[int]:
        """Return the ids of at most ``limit`` logs, oldest first."""
        if rule.of_drives:
            return self._of_drives(connection, rule, limit)
        route = [] if rule.of_drives is None else [self._head.c.passenger_module == ""]
        return [row.id for row in connection.execute(self._oldest(rule, limit, *route))]

    def _of_drives(self, connection: Connection, rule: LogPurge, limit: int) -> list[int]:
        oldest = connection.execute(self._oldest(rule, LOOKED_AT)).all()
        if len(oldest) < LOOKED_AT:
            return [row.id for row in oldest if row.passenger_module][:limit]
        return self._by_routes(connection, rule, limit)

    def _by_routes(self, connection: Connection, rule: LogPurge, limit: int) -> list[int]:
        """Go from route to route: in the order of time one would meet all that people did in a year, each time."""
        found: list[AnyRow] = []
        for oldest in self._oldest_of_routes(connection, rule.client_id):
            if oldest.created_on < rule.before:
                of_route = self._head.c.passenger_module == full_name(oldest, "passenger_module")
                found += connection.execute(self._oldest(rule, limit, of_route))
        return [row.id for row in sorted(found, key=lambda row: (row.created_on, row.id))[:limit]]

    def _oldest_of_routes(self, connection: Connection, client_id: str) -> Iterator[AnyRow]:
        """Yield the oldest log of each route; each is one look into an index."""
        table, last = self._head, ""
        while True:
            query = (
                select(table.c.passenger_module, table.c.full_names, table.c.created_on)
                .where(table.c.client_id == client_id, table.c.passenger_module > last)
                .order_by(table.c.passenger_module, table.c.created_on, table.c.id)
                .limit(1)
            )
            found = connection.execute(query).first()
            if found is None:
                return
            yield found
            last = full_name(found, "passenger_module")

    def _oldest(self, rule: LogPurge, limit: int, *conditions: ColumnElement[bool]) -> "Select[Any]":
        table = self._head
        return (
            select(table.c.id, table.c.created_on, table.c.passenger_module)
            .where(table.c.client_id == rule.client_id, table.c.created_on < rule.before, *conditions)
            .order_by(table.c.created_on, table.c.id)
            .limit(limit)
        )
