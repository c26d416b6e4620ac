"""Renewing claims, and giving them back."""

from datetime import timedelta

from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import QueuePurge
from databus.testing.samples import CLIENT, DAY, MINUTE, NOW, SECOND, TICK, claim, complete, load, passenger, seat

NO_TIME = timedelta(0)


class TestRenew:
    """``renew``."""

    def test_nothing_is_nothing(self, database: AbstractDatabase) -> None:
        assert database.renew([], lease=MINUTE, now=NOW) == []

    def test_holds_on_from_now(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"), passenger("2"))
        claims = claim(database, lease=MINUTE)
        assert database.renew(claims[:1], lease=MINUTE, now=NOW + SECOND) == []
        assert load(database, claims[0]).leased_until == NOW + SECOND + MINUTE
        taken = claim(database, owner="other", now=NOW + MINUTE)
        assert [each.entry.external_id for each in taken] == ["2"]

    def test_can_also_make_it_shorter(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        claims = claim(database, lease=DAY)
        database.renew(claims, lease=SECOND, now=NOW - MINUTE)
        assert len(claim(database, owner="other", now=NOW)) == 1

    def test_a_lease_that_has_ended_holds_again(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        claims = claim(database, owner="drive", lease=SECOND)
        assert database.renew(claims, lease=MINUTE, now=NOW + DAY) == []
        assert claim(database, owner="other", now=NOW + DAY + MINUTE - TICK) == []
        assert load(database, claims[0]).leased_by == "drive"

    def test_a_claim_that_another_has_taken_is_lost(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"), passenger("2"))
        old = claim(database, owner="slow", lease=SECOND)
        (new,) = claim(database, owner="quick", lease=DAY, limit=1, now=NOW + MINUTE)
        assert database.renew(old, lease=2 * DAY, now=NOW + MINUTE) == [old[0]]
        stored = load(database, new)
        assert (stored.leased_by, stored.leased_until) == ("quick", NOW + MINUTE + DAY)
        assert load(database, old[1]).leased_until == NOW + MINUTE + 2 * DAY

    def test_also_where_the_other_has_the_same_name(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        old = claim(database, lease=SECOND)
        new = claim(database, lease=SECOND, now=NOW + SECOND)
        assert database.renew(old, lease=DAY, now=NOW + SECOND) == old
        assert database.renew(new, lease=DAY, now=NOW + SECOND) == []

    def test_a_claim_of_an_entry_that_is_gone_is_lost(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        claims = claim(database, lease=SECOND)
        complete(database, entry)
        database.purge(QueuePurge(client_id=CLIENT), limit=1, now=NOW + SECOND)
        assert database.renew(claims, lease=MINUTE, now=NOW + SECOND) == claims

    def test_a_claim_of_nothing_is_lost(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (claimed,) = claim(database)
        stranger = replace(claimed, entry=replace(claimed.entry, client_id="nobody"))
        assert database.renew([stranger], lease=MINUTE, now=NOW) == [stranger]


class TestGiveBack:
    """``renew`` with a lease of zero."""

    def test_another_can_claim_it_at_once(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        claims = claim(database, owner="a", lease=DAY)
        assert database.renew(claims, lease=NO_TIME, now=NOW) == []
        stored = load(database, claims[0])
        assert (stored.leased_by, stored.leased_until) == ("", None)
        assert len(claim(database, owner="b")) == 1

    def test_also_for_a_clock_that_is_behind(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        database.renew(claim(database), lease=NO_TIME, now=NOW)
        assert len(claim(database, now=NOW - DAY)) == 1

    def test_a_lost_claim_takes_nothing_from_its_new_owner(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        old = claim(database, owner="slow", lease=SECOND)
        claim(database, owner="quick", lease=DAY, now=NOW + SECOND)
        assert database.renew(old, lease=NO_TIME, now=NOW + SECOND) == old
        assert claim(database, owner="third", now=NOW + SECOND) == []

    def test_it_can_be_taken_again_while_nobody_else_did(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        claims = claim(database, owner="a")
        database.renew(claims, lease=NO_TIME, now=NOW)
        assert database.renew(claims, lease=MINUTE, now=NOW) == []
        assert claim(database, owner="b") == []
