"""Locks."""

from datetime import timedelta

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.testing.samples import DAY, MINUTE, NOW, ODD_TEXTS, SECOND, TICK

NO_TIME = timedelta(0)


def _lock(
    database: AbstractDatabase, owner: str, *, lease: timedelta = MINUTE, later: timedelta = NO_TIME, name: str = "pull"
) -> bool:
    return database.lock(name, owner=owner, lease=lease, now=NOW + later)


class TestLocks:
    """``lock``."""

    def test_one_owner_at_a_time(self, database: AbstractDatabase) -> None:
        assert _lock(database, "a") is True
        assert _lock(database, "b") is False
        assert _lock(database, "A") is False

    def test_its_owner_can_take_it_again(self, database: AbstractDatabase) -> None:
        assert _lock(database, "a")
        assert _lock(database, "a", later=SECOND)
        assert not _lock(database, "b", later=MINUTE)
        assert _lock(database, "b", later=MINUTE + SECOND)

    def test_it_ends_on_the_microsecond(self, database: AbstractDatabase) -> None:
        _lock(database, "a")
        assert not _lock(database, "b", later=MINUTE - TICK)
        assert _lock(database, "b", later=MINUTE)
        assert not _lock(database, "a", later=MINUTE)

    def test_its_owner_can_give_it_back(self, database: AbstractDatabase) -> None:
        _lock(database, "a")
        assert _lock(database, "a", lease=NO_TIME)
        assert _lock(database, "b")

    def test_also_for_a_clock_that_is_behind(self, database: AbstractDatabase) -> None:
        _lock(database, "a", lease=DAY)
        assert _lock(database, "a", lease=NO_TIME, later=MINUTE)
        assert _lock(database, "b")

    def test_nobody_else_can_give_it_back(self, database: AbstractDatabase) -> None:
        _lock(database, "a")
        assert not _lock(database, "b", lease=NO_TIME)
        assert not _lock(database, "b")
        assert _lock(database, "a")

    def test_what_nobody_has_can_be_given_back(self, database: AbstractDatabase) -> None:
        assert _lock(database, "a", lease=NO_TIME)
        assert _lock(database, "b")

    def test_a_failed_try_does_not_prolong_it(self, database: AbstractDatabase) -> None:
        _lock(database, "a", lease=SECOND)
        _lock(database, "b", lease=DAY)
        assert _lock(database, "c", later=SECOND)

    def test_a_clock_that_goes_back_ends_nothing(self, database: AbstractDatabase) -> None:
        _lock(database, "a")
        assert not _lock(database, "b", later=-DAY)

    @pytest.mark.parametrize("odd", ODD_TEXTS.values(), ids=ODD_TEXTS)
    def test_every_name_is_a_lock_of_its_own(self, database: AbstractDatabase, odd: str) -> None:
        assert _lock(database, "a", name="plain")
        assert _lock(database, odd, name=odd)
        assert not _lock(database, "c", name=odd)
        assert not _lock(database, "c", name="plain")
        assert _lock(database, odd, name=odd)
