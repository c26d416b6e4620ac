"""The engine under test and ``memory_db``, which are asked the same and must answer the same."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from databus.database import steps
from databus.database.abstract_database import AbstractDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import Document, Entry
from databus.errors import NotFound, StoreError, VersionConflict
from databus.testing.engine import Place

T = TypeVar("T")


class Twins:
    """Two databases with the same history.

    Args:
        place: Where the engine under test keeps its database.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self.subject = place.open()
        self.model: AbstractDatabase = MemoryDatabase({})

    def reopen(self) -> None:
        """Close the engine under test, and go on with a new instance."""
        self.subject.close()
        self.subject = self._place.open()

    def agree(self, call: Callable[[AbstractDatabase], T]) -> T | str:
        """Call both and return what both gave, or the kind of error that both raised."""
        return self.agree_each(call, call)

    def agree_each(
        self, of_subject: Callable[[AbstractDatabase], T], of_model: Callable[[AbstractDatabase], T]
    ) -> T | str:
        """Call both, each in its own words, and return what both gave, or the kind of error that both raised."""
        got, expected = _answer(of_subject, self.subject), _answer(of_model, self.model)
        assert got == expected
        return got


def _answer(call: Callable[[AbstractDatabase], T], database: AbstractDatabase) -> T | str:
    try:
        return call(database)
    except NotFound:
        return "not found"
    except VersionConflict:
        return "version conflict"
    except StoreError:
        return "store error"


def seen(entry: Entry, now: datetime) -> Entry:
    """Return what of an entry must be the same in every engine: sequences and ended leases may differ."""
    entry = replace(entry, sequence=0)
    return entry if steps.is_leased(entry, now) else replace(entry, leased_by="", leased_until=None)


def seen_document(document: Document) -> Document:
    """Return what of a document must be the same in every engine: versions may differ."""
    return replace(document, version="")
