"""A database that is lost while it is worked on."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from databus.database.abstract_database import AbstractDatabase
from databus.errors import StoreUnreachable
from tests.unit.database.export.world import LATER


class Breaking:
    """A real database that is lost at its n-th call, before or after that call has done its work.

    Attributes:
        left: How many calls there are until then.
    """

    def __init__(self, database: AbstractDatabase, at: int, *, done: bool) -> None:
        self._database = database
        self.left = at
        self._done = done

    @property
    def is_lost(self) -> bool:
        return self.left <= 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._database, name)

        def call(*args: Any, **more: Any) -> Any:
            left, self.left = self.left, self.left - 1
            if left > 1:
                return method(*args, **more)
            if left == 1 and self._done:
                method(*args, **more)
            raise StoreUnreachable("it is away")

        return call


def clocks() -> Iterator[Callable[[], datetime]]:
    """Yield clocks that stand still, so far from each other that a hold ends between them."""
    return (partial(_same, LATER + timedelta(minutes=number)) for number in count())


def _same(moment: datetime) -> datetime:
    return moment
