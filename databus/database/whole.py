"""Entries with the contents of their attachments, as many as fit into memory: what engines share."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from databus.database.records import Entry, Page, QueueQuery, StoredAttachment, WholeEntry
from databus.errors import DatabusError

if TYPE_CHECKING:
    from databus.database.abstract_database import AbstractDatabase

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""A list that asks for no state is the same at any time."""


class Room:
    """Room for contents in memory, given to entries in their order.

    Args:
        size: In bytes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._left = size
        self._is_fresh = True

    def choose(self, entry: Entry) -> list[bool] | None:
        """Return which of an entry's contents are read; None where it does not fit and ends the list."""
        sizes = [each.size for each in entry.attachments]
        left, chosen = self._left, []
        for size in sizes:
            fits = size <= left
            if not fits and not self._is_fresh and size <= self._size:
                return None
            chosen.append(fits)
            left -= size if fits else 0
        self._left, self._is_fresh = left, False
        return chosen


def page_of_ids(database: "AbstractDatabase", client_id: str, cursor: str, limit: int) -> Page[str]:
    """Return what ``find_ids`` does, of what ``find`` returns."""
    page = database.find(QueueQuery(client_id=client_id, cursor=cursor, limit=limit), now=_ANY_TIME)
    return Page(items=tuple(entry.internal_id for entry in page.items), next_cursor=page.next_cursor)


def whole_entries(
    database: "AbstractDatabase", client_id: str, internal_ids: Sequence[str], room: int
) -> list[WholeEntry]:
    """Return what ``load_whole`` does, of what ``load`` and ``open_attachment`` return."""
    free = Room(room)
    found: list[WholeEntry] = []
    for entry in database.load(client_id, internal_ids):
        chosen = free.choose(entry)
        if chosen is None:
            break
        pairs = zip(entry.attachments, chosen, strict=True)
        contents = tuple(_content(database, entry, each) if is_chosen else None for each, is_chosen in pairs)
        found.append(WholeEntry(entry=entry, contents=contents))
    return found


def _content(database: "AbstractDatabase", entry: Entry, stored: StoredAttachment) -> bytes | None:
    # Whoever opens it then is told what is wrong with it.
    with suppress(DatabusError, OSError):
        with database.open_attachment(entry.client_id, entry.internal_id, stored.name) as stream:
            content = _read(stream, stored.size)
        if len(content) == stored.size:
            return content
    return None


def _read(stream: BinaryIO, size: int) -> bytes:
    """Return a content that should have this size; one byte more shows that it has not."""
    pieces: list[bytes] = []
    left = size + 1
    while left and (piece := stream.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
