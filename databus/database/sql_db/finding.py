"""Lists of queue entries, and entries by their ids."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from databus.database.agreed import sequence_of
from databus.database.records import Entry, Page, QueueQuery, WholeEntry
from databus.database.sql_db.entry_reading import EntryReader
from databus.database.sql_db.entry_rows import full_name
from databus.database.sql_db.listing import Listing
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions
from databus.database.sql_db.way import BY_CLIENT, led
from databus.database.whole import Room


class Finding:
    """Lists and loads entries."""

    def __init__(
        self,
        tables: Tables,
        transactions: Transactions,
        reader: EntryReader,
        listing: Listing,
    ) -> None:
        self._tables = tables
        self._transactions = transactions
        self._reader = reader
        self._listing = listing

    def find(self, query: QueueQuery, now: datetime) -> Page[Entry]:
        """Return a page; see ``AbstractDatabase.find``."""
        before = None if not query.cursor else sequence_of(query.cursor)
        return self._transactions.read(lambda connection: self._find(connection, query, before, now))

    def _find(self, connection: Connection, query: QueueQuery, before: int | None, now: datetime) -> Page[Entry]:
        newest, floor = self._listing.newest(connection, query, before, now)
        shown = newest[: query.limit]
        found = self._reader.by_ids(connection, shown)
        entries = tuple(found[each].entry for each in shown if each in found)
        if len(newest) > query.limit:
            return Page(items=entries, next_cursor=str(shown[-1]))
        if floor is None:
            return Page(items=entries)
        return Page(items=entries, next_cursor=str(floor), back_to=self._pulled_on(connection, query.client_id, floor))

    def _pulled_on(self, connection: Connection, client_id: str, number: int) -> datetime | None:
        """Return when an entry was pulled; None where it is none of this client, whose users it is no business of."""
        queue = self._tables.queue
        own = select(queue.c.pull_datetime).where(queue.c.id == number, queue.c.client_id == client_id)
        return connection.execute(own).scalar_one_or_none()

    def ids(self, client_id: str, cursor: str, limit: int) -> Page[str]:
        """Return a page of internal ids; see ``AbstractDatabase.find_ids``."""
        queue = self._tables.queue
        query = (
            led(select(queue.c.id, queue.c.internal_id, queue.c.full_names), queue, BY_CLIENT)
            .where(queue.c.client_id == client_id)
            .order_by(queue.c.id.desc())
            .limit(limit + 1)
        )
        if cursor:
            query = query.where(queue.c.id < sequence_of(cursor))
        rows = self._transactions.look(lambda connection: connection.execute(query).all())
        return Page(
            items=tuple(full_name(row, "internal_id") for row in rows[:limit]),
            next_cursor=str(rows[limit - 1].id) if len(rows) > limit else "",
        )

    def load_whole(self, client_id: str, internal_ids: Sequence[str], room: int) -> list[WholeEntry]:
        """Return entries with contents; see ``AbstractDatabase.load_whole``."""
        return self._transactions.read(lambda connection: self._whole(connection, client_id, internal_ids, room))

    def _whole(
        self, connection: Connection, client_id: str, internal_ids: Sequence[str], room: int
    ) -> list[WholeEntry]:
        free = Room(room)
        chosen: list[tuple[Entry, list[bool]]] = []
        for entry in self._load(connection, client_id, internal_ids):
            own = free.choose(entry)
            if own is None:
                break
            chosen.append((entry, own))
        contents = self._reader.small_contents(connection, [entry.sequence for entry, own in chosen if any(own)])
        return [
            WholeEntry(
                entry=entry,
                contents=tuple(
                    [
                        contents.get((entry.sequence, each.name, each.size)) if is_chosen else None
                        for each, is_chosen in zip(entry.attachments, own, strict=True)
                    ]
                ),
            )
            for entry, own in chosen
        ]

    def load(self, client_id: str, internal_ids: Sequence[str]) -> list[Entry]:
        """Return those of the entries that exist; see ``AbstractDatabase.load``."""
        return self._transactions.read(lambda connection: self._load(connection, client_id, internal_ids))

    def _load(self, connection: Connection, client_id: str, internal_ids: Sequence[str]) -> list[Entry]:
        found = self._reader.by_internal_ids(connection, client_id, internal_ids)
        return [found[each] for each in internal_ids if each in found]
