"""What every part of an export of one client works with."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from databus.database.abstract_database import AbstractDatabase
from databus.database.export.conflicts import OnConflict
from databus.database.export.ledger import Ledger
from databus.database.export.plan import Plan
from databus.database.export.progress import ClientResult, Progress
from databus.database.paging import log_pages_of, pages_of
from databus.database.records import Entry, LogHead, LogQuery, QueueQuery, WholeEntry

PAGE = 500
"""Entries or logs that are read at once."""

ROOM = 8 << 20
"""Bytes of contents that are in memory together, on each side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """One client on its way.

    Attributes:
        plan: What both sides have.
        ledger: What was exported before.
        result: Grows while it is under way.
        tell: Is called with how far it is, after each batch.
        check: Raises where the client could not be held any longer; called before each batch.
        clock: Gives the present time.
    """

    source: AbstractDatabase
    target: AbstractDatabase
    client_id: str
    on_conflict: OnConflict
    plan: Plan
    ledger: Ledger
    result: ClientResult
    tell: Callable[[Progress], None]
    check: Callable[[], None]
    clock: Callable[[], datetime]

    def progress(self, what: str, done: int, total: int = 0) -> None:
        """Tell how far it is, unless it has to end here."""
        self.check()
        self.tell(Progress(client_id=self.client_id, what=what, done=done, total=total))


def all_entries(database: AbstractDatabase, client_id: str, *, now: datetime) -> Iterator[Entry]:
    """Give a client's entries, newest first, reading page after page."""
    return chain.from_iterable(pages_of(database, QueueQuery(client_id=client_id, limit=PAGE), clock=lambda: now))


def all_ids(database: AbstractDatabase, client_id: str) -> Iterator[list[str]]:
    """Yield the internal ids of a client's entries, newest first, page after page."""
    cursor = ""
    while True:
        page = database.find_ids(client_id, cursor=cursor, limit=PAGE)
        yield list(page.items)
        cursor = page.next_cursor
        if not cursor:
            return


def all_whole(
    database: AbstractDatabase, client_id: str, internal_ids: Sequence[str], *, room: int = ROOM
) -> Iterator[list[WholeEntry]]:
    """Yield those of the entries that exist, in the given order, as many at a time as fit into memory."""
    rest = list(internal_ids)
    while rest and (found := database.load_whole(client_id, rest, room=room)):
        yield found
        del rest[: rest.index(found[-1].entry.internal_id) + 1]


def all_logs(database: AbstractDatabase, client_id: str) -> Iterator[LogHead]:
    """Give a client's logs, newest first, reading page after page."""
    return chain.from_iterable(log_pages_of(database, LogQuery(client_id=client_id, limit=PAGE)))
