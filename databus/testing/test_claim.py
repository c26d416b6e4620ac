"""Claiming: what is due, oldest first, by one owner at a time."""

from datetime import datetime, timedelta

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Claim, Route
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import (
    CLIENT,
    DAY,
    MINUTE,
    NOW,
    ROUTE,
    SECOND,
    TICK,
    claim,
    load,
    outcome,
    passenger,
    seat,
    settle,
    text,
)


def _names(claims: list[Claim]) -> list[str]:
    return [each.entry.external_id for each in claims]


class TestClaim:
    """Which entries ``claim`` leases, and in which order."""

    def test_nothing_where_nothing_is(self, database: AbstractDatabase) -> None:
        assert claim(database) == []

    def test_in_the_order_of_their_sequence(self, database: AbstractDatabase) -> None:
        names = [str(number) for number in (3, 11, 2, 1, 20, 10)]
        seat(database, *(passenger(name) for name in names[:3]))
        seat(database, *(passenger(name, pull_datetime=NOW - DAY) for name in names[3:]))
        assert _names(claim(database)) == names

    def test_at_most_the_limit_and_the_next_ones_after_it(self, database: AbstractDatabase) -> None:
        seat(database, *(passenger(str(number)) for number in range(5)))
        first = claim(database, limit=2)
        second = claim(database, limit=2, after=first[-1].entry.sequence)
        third = claim(database, limit=2, after=second[-1].entry.sequence)
        assert [_names(claims) for claims in (first, second, third)] == [["0", "1"], ["2", "3"], ["4"]]

    def test_only_above_after(self, database: AbstractDatabase) -> None:
        entries = seat(database, *(passenger(str(number)) for number in range(3)))
        assert _names(claim(database, after=entries[1].sequence)) == ["2"]
        assert claim(database, after=entries[2].sequence) == []
        assert _names(claim(database)) == ["0", "1"]

    def test_only_of_the_route(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1", client_id="other"))
        seat(database, passenger("2", passenger_module="shop.invoice"))
        seat(database, passenger("3"))
        assert _names(claim(database)) == ["3"]
        assert _names(claim(database, route=Route(client_id=CLIENT, passenger_module="shop.invoice"))) == ["2"]
        assert _names(claim(database, route=Route(client_id="other", passenger_module="shop.order"))) == ["1"]

    def test_shows_the_entry_with_its_lease(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1", attachments=[text("a.txt")], log_guids=("log-1",)))
        (claimed,) = claim(database, owner="drive 7", lease=MINUTE)
        assert claimed.owner == "drive 7"
        assert claimed.entry == load(database, entry)
        assert (claimed.entry.leased_by, claimed.entry.leased_until) == ("drive 7", NOW + MINUTE)
        assert (claimed.entry.steps, claimed.entry.attachments) == (entry.steps, entry.attachments)
        assert claimed.entry.log_guids == ("log-1",)

    def test_no_complete_entries(self, database: AbstractDatabase) -> None:
        settle(database, passenger("1"), passenger("2"))
        seat(database, passenger("3"))
        assert _names(claim(database)) == ["3"]

    def test_an_entry_without_steps_is_complete(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1", steps=()))
        assert claim(database) == []

    def test_an_entry_whose_puller_is_not_told_yet(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        database.record([outcome(entry, "check"), outcome(entry, "out")], now=NOW)
        assert _names(claim(database)) == ["1"]


class TestDue:
    """Entries with failed steps."""

    def _failed(self, database: AbstractDatabase, *, due_on: datetime | None = None, dead: bool = False) -> None:
        (entry,) = seat(database, passenger("1"))
        failure = outcome(entry, "check", OutcomeKind.FAILED, error="E", due_on=due_on, dead=dead)
        database.record([outcome(entry, "notify"), failure], now=NOW)

    def test_at_the_next_drive_without_a_time(self, database: AbstractDatabase) -> None:
        self._failed(database)
        assert _names(claim(database)) == ["1"]

    def test_from_its_time_on(self, database: AbstractDatabase) -> None:
        self._failed(database, due_on=NOW + DAY)
        assert claim(database, now=NOW + DAY - TICK) == []
        assert _names(claim(database, now=NOW + DAY)) == ["1"]

    def test_a_clock_that_goes_back_makes_it_wait_again(self, database: AbstractDatabase) -> None:
        self._failed(database, due_on=NOW + DAY)
        (claimed,) = claim(database, now=NOW + DAY, lease=SECOND)
        assert database.renew([claimed], lease=timedelta(0), now=NOW + DAY) == []
        assert claim(database, now=NOW) == []
        assert _names(claim(database, now=NOW + DAY)) == ["1"]

    def test_never_when_dead(self, database: AbstractDatabase) -> None:
        self._failed(database, dead=True)
        assert claim(database, now=NOW + 10000 * DAY) == []

    def test_never_when_rejected(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        database.record([outcome(entry, "notify"), outcome(entry, "check", OutcomeKind.REJECTED)], now=NOW)
        assert claim(database, now=NOW + 10000 * DAY) == []

    def test_again_when_an_operator_sets_it_back(self, database: AbstractDatabase) -> None:
        self._failed(database, dead=True)
        (entry,) = database.load(CLIENT, ["id-1"])
        database.record([outcome(entry, "check", OutcomeKind.INCOMPLETE)], now=NOW)
        assert _names(claim(database)) == ["1"]

    def test_a_complete_one_again_when_an_operator_sets_it_back(self, database: AbstractDatabase) -> None:
        entries = settle(database, *(passenger(str(number)) for number in range(3)))
        seat(database, passenger("3"))
        database.record([outcome(entry, "out", OutcomeKind.INCOMPLETE) for entry in reversed(entries)], now=NOW)
        assert _names(claim(database)) == ["0", "1", "2", "3"]

    def test_one_pusher_that_waits_does_not_hold_another(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1", processors=(), pushers=("a", "b")))
        waits = outcome(entry, "a", OutcomeKind.FAILED, due_on=NOW + DAY)
        database.record([outcome(entry, "notify"), waits], now=NOW)
        assert _names(claim(database)) == ["1"]

    def test_a_waiting_processor_holds_the_pushers(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1", processors=("a", "b"), pushers=("c", "d")))
        waits = outcome(entry, "a", OutcomeKind.FAILED, due_on=NOW + DAY)
        database.record([outcome(entry, "notify"), waits], now=NOW)
        assert claim(database) == []


class TestLease:
    """One owner at a time."""

    def test_a_claimed_entry_is_not_claimed_again(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        claim(database, owner="a")
        assert claim(database, owner="b") == []
        assert claim(database, owner="a") == []

    @pytest.mark.parametrize("lease", [TICK, SECOND, 400 * DAY], ids=str)
    def test_it_ends_on_the_microsecond(self, database: AbstractDatabase, lease: timedelta) -> None:
        seat(database, passenger("1"))
        claim(database, owner="a", lease=lease)
        assert claim(database, owner="b", now=NOW + lease - TICK) == []
        assert _names(claim(database, owner="b", now=NOW + lease)) == ["1"]

    def test_each_claim_has_a_higher_fence(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        fences = []
        for drive in range(3):
            (claimed,) = claim(database, owner=f"drive {drive}", now=NOW + drive * MINUTE)
            fences.append(claimed.fence)
        assert fences == sorted(set(fences))

    def test_also_after_it_was_given_back(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (first,) = claim(database)
        database.renew([first], lease=timedelta(0), now=NOW)
        (second,) = claim(database)
        assert second.fence > first.fence

    def test_a_clock_that_goes_back_ends_no_lease(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        claim(database, owner="a")
        assert claim(database, owner="b", now=NOW - DAY) == []

    def test_recording_does_not_end_it(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (claimed,) = claim(database, owner="a")
        database.record([outcome(claimed, "check", OutcomeKind.FAILED)], now=NOW)
        assert claim(database, owner="b") == []
        assert load(database, claimed).leased_until == NOW + MINUTE

    def test_every_route_has_its_own(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"), passenger("2", passenger_module="shop.invoice"))
        claim(database, route=ROUTE)
        assert len(claim(database, route=Route(client_id=CLIENT, passenger_module="shop.invoice"))) == 1
