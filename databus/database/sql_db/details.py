"""What is asked of steps and attachments: of a few entries at once, by statements of their own.

Within a statement for entries, PostgreSQL goes through all steps of all clients where it expects to find few.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, and_, select
from sqlalchemy import Table as SqlTable

from databus.database.records import QueueQuery
from databus.database.sql_db.bulk import Bulk
from databus.database.sql_db.containing import contains_in_any_case
from databus.database.sql_db.entry_rows import step_tables
from databus.database.sql_db.tables import Tables

_Detail = list[tuple[SqlTable, ColumnElement[bool]]]
"""Tables, and what a row of an entry fulfils in one of them."""


class Details:
    """Chooses entries by their steps and attachments."""

    def __init__(self, tables: Tables, bulk: Bulk) -> None:
        self._attachment = tables.queue_attachment
        self._steps = list(step_tables(tables).values())
        self._bulk = bulk

    def are_asked_for(self, query: QueueQuery) -> bool:
        """Whether a query asks for any."""
        return any(self._details(query))

    def fitting(self, connection: Connection, query: QueueQuery, ids: Sequence[int]) -> list[int]:
        """Return those of the ids, in their order, that have everything which a query asks for."""
        left = list(ids)
        for detail in self._details(query):
            fitting: set[int] = set()
            for table, condition in detail if left else ():
                own = select(table.c.queue_id).where(self._bulk.among(table.c.queue_id, left), condition)
                fitting.update(connection.execute(own).scalars())
            left = [each for each in left if each in fitting]
        return left

    def _details(self, query: QueueQuery) -> Iterator[_Detail]:
        if query.error:
            yield [(each, contains_in_any_case(each.c.last_error, query.error)) for each in self._steps]
        if query.step:
            yield [(each, and_(each.c.name == query.step, each.c.status != "complete")) for each in self._steps]
        if query.attachment:
            yield [(self._attachment, contains_in_any_case(self._attachment.c.name, query.attachment))]
