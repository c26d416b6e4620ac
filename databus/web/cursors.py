"""Cursors that come back in an address, where anybody can write what they like."""

from collections.abc import Iterator
from contextlib import contextmanager

from databus.errors import DatabusError, StoreError, StoreOwned, StoreUnreachable


class BadCursor(DatabusError):
    """A cursor is none of the engine's; its cause says what the engine says."""


@contextmanager
def reading_at(cursor: str) -> Iterator[None]:
    """Read a list at a cursor: one that is none of the engine's is the reader's mistake, no trouble of the database.

    Raises:
        BadCursor: It is none of the engine's.
    """
    try:
        yield
    except (StoreOwned, StoreUnreachable):
        raise
    except StoreError as error:
        if not cursor:
            raise
        raise BadCursor("This address leads to no page of this list: begin at its first page.") from error
