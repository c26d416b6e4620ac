"""Clocks that jump: nothing is lost, and nothing waits longer than a lease or a delay of its own."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.opening import make_database
from databus.database.records import LogPurge, NewEntry, QueuePurge, QueueQuery, Route, State
from databus.dispatcher.client_directory import KnownClient
from databus.dispatcher.route_state import write_state
from databus.dispatcher.schedule import Schedule
from databus.driver.abstract_driver import DriveSummary
from databus.pqueue.outcome import OutcomeKind
from databus.pqueue.packing import Packer
from databus.testing.samples import (
    CLIENT,
    DAY,
    MINUTE,
    NOW,
    SECOND,
    claim,
    complete,
    found,
    head,
    line,
    load,
    outcome,
    passenger,
    seat,
    settle,
)
from tests.faults.engines import ENGINES, MODULES, arguments
from tests.faults.plugins.document import Document, pulled
from tests.faults.world import PASSENGER, World, all_entries

YEAR = 366 * DAY
JUMPS = [timedelta(hours=1), DAY, YEAR]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine of files."""
    return str(request.param)


@pytest.fixture
def database(tmp_path: Path, engine: str) -> Iterator[AbstractDatabase]:
    """An open database."""
    database = make_database(MODULES[engine], arguments(engine, tmp_path))
    database.open()
    yield database
    database.close()


@pytest.mark.parametrize("jump", JUMPS, ids=str)
class TestEngine:
    """The engine under a clock that was wrong for a while."""

    def test_a_lease_of_the_future_can_be_given_back(self, database: AbstractDatabase, jump: timedelta) -> None:
        seat(database, passenger("1"))
        (taken,) = claim(database, now=NOW + jump)
        assert claim(database, now=NOW) == []
        assert database.renew([taken], lease=timedelta(0), now=NOW) == []
        assert [each.entry.external_id for each in claim(database, now=NOW)] == ["1"]

    def test_a_heartbeat_brings_a_lease_of_the_future_back(self, database: AbstractDatabase, jump: timedelta) -> None:
        seat(database, passenger("1"))
        (taken,) = claim(database, now=NOW + jump)
        assert database.renew([taken], lease=MINUTE, now=NOW) == []
        assert [each.entry.external_id for each in claim(database, now=NOW + MINUTE)] == ["1"]

    def test_a_lease_of_the_future_ends_with_its_process(self, tmp_path: Path, engine: str, jump: timedelta) -> None:
        database = make_database(MODULES[engine], arguments(engine, tmp_path))
        database.open()
        seat(database, passenger("1"))
        claim(database, now=NOW + jump)
        database.close()
        database.open()
        assert [each.entry.external_id for each in claim(database, now=NOW)] == ["1"]
        database.close()

    def test_outcomes_count_by_fence_not_by_time(self, database: AbstractDatabase, jump: timedelta) -> None:
        (entry,) = seat(database, passenger("1"))
        (early,) = claim(database, now=NOW)
        (late,) = claim(database, now=NOW + jump)
        refused = outcome(early, "check", at=NOW + jump + jump)
        assert database.record([refused], now=NOW + jump + jump) == [refused]
        assert database.record([outcome(late, "check", at=NOW - jump)], now=NOW - jump) == []
        assert load(database, entry).steps[1].changed_on == NOW - jump

    def test_a_delay_of_the_future_waits_for_its_time_or_an_operator(
        self, database: AbstractDatabase, jump: timedelta
    ) -> None:
        (entry,) = seat(database, passenger("1"))
        (taken,) = claim(database, now=NOW + jump)
        failed = outcome(taken, "check", OutcomeKind.FAILED, error="E", due_on=NOW + jump + MINUTE)
        database.record([failed, outcome(taken, "notify")], now=NOW + jump)
        database.renew([taken], lease=timedelta(0), now=NOW)
        assert claim(database, now=NOW) == []
        page = database.find(QueueQuery(client_id=CLIENT, states=(State.FAILED,)), now=NOW)
        assert [each.steps[1].due_on for each in page.items] == [NOW + jump + MINUTE]
        # An operator need not wait, and neither does the clock once it is right.
        assert claim(database, now=NOW + jump + MINUTE, lease=SECOND)
        database.record([outcome(load(database, entry), "check", OutcomeKind.INCOMPLETE)], now=NOW)
        database.renew(claim(database, now=NOW + YEAR * 3), lease=timedelta(0), now=NOW)
        assert [each.entry.external_id for each in claim(database, now=NOW)] == ["1"]

    def test_retention_deletes_nothing_that_is_not_complete(self, database: AbstractDatabase, jump: timedelta) -> None:
        seat(database, passenger("waiting"))
        (failed,) = seat(database, passenger("failed"))
        (dead,) = seat(database, passenger("dead"))
        settle(database, passenger("complete"), at=NOW)
        database.record([outcome(failed, "check", OutcomeKind.FAILED, error="E")], now=NOW)
        database.record([outcome(dead, "check", OutcomeKind.REJECTED, error="E", dead=True)], now=NOW)
        assert database.purge(QueuePurge(client_id=CLIENT, before=NOW - jump), limit=10, now=NOW - jump) == 0
        assert database.purge(QueuePurge(client_id=CLIENT, before=NOW + jump), limit=10, now=NOW + jump) == 1
        assert sorted(found(database)) == ["dead", "failed", "waiting"]

    def test_what_was_completed_in_the_future_is_deleted_then(
        self, database: AbstractDatabase, jump: timedelta
    ) -> None:
        (entry,) = seat(database, passenger("1"))
        complete(database, entry, at=NOW + jump)
        assert database.purge(QueuePurge(client_id=CLIENT, before=NOW), limit=10, now=NOW) == 0
        later = NOW + jump + DAY
        assert database.purge(QueuePurge(client_id=CLIENT, before=later), limit=10, now=later) == 1

    def test_logs(self, database: AbstractDatabase, jump: timedelta) -> None:
        database.append_log(head("future", created_on=NOW + jump), [line("one")])
        database.append_log(head("now", created_on=NOW), [line("two")])
        database.append_log(head("future", created_on=NOW, lines=1), [line("three", timestamp=NOW - jump)])
        assert [each.message for each in database.read_log(CLIENT, "future")[1]] == ["one", "three"]
        assert database.purge(LogPurge(client_id=CLIENT, before=NOW + SECOND), limit=10, now=NOW) == 1
        assert database.read_log(CLIENT, "future")[0].lines == 2

    def test_a_lock_of_the_future_is_its_owners_to_give_back(self, database: AbstractDatabase, jump: timedelta) -> None:
        assert database.lock("pull", owner="drive", lease=MINUTE, now=NOW + jump)
        assert not database.lock("pull", owner="other", lease=MINUTE, now=NOW)
        assert database.lock("pull", owner="drive", lease=timedelta(0), now=NOW)
        assert database.lock("pull", owner="other", lease=MINUTE, now=NOW)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_schedule_does_not_wait_for_a_clock_that_was_ahead(jump: timedelta) -> None:
    began = NOW + jump
    every_minute = Schedule(interval=MINUTE)
    assert every_minute.next_run(last_began=began, first_seen=began, now=NOW) == NOW + MINUTE
    hourly = Schedule(cron="0 * * * *").next_run(last_began=began, first_seen=began, now=NOW)
    assert hourly is not None
    assert hourly <= NOW + timedelta(hours=1)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_schedule_makes_up_for_a_clock_that_was_behind_once(jump: timedelta) -> None:
    next_run = Schedule(interval=MINUTE).next_run(last_began=NOW - jump, first_seen=NOW - jump, now=NOW)
    assert next_run is not None
    assert next_run <= NOW
    assert Schedule(interval=MINUTE).next_run(last_began=NOW, first_seen=NOW, now=NOW) == NOW + MINUTE


@pytest.mark.parametrize("jump", [YEAR, -YEAR], ids=["ahead", "behind"])
def test_a_drive_takes_what_was_claimed_under_a_wrong_clock(tmp_path: Path, engine: str, jump: timedelta) -> None:
    """An earlier process had noted its drive and claimed a passenger when the clock was wrong."""
    world = World(tmp_path, engine=engine)
    database = world.open()
    known = world.configure(database)
    (name,) = world.feed(1)
    began = NOW + jump
    write_state(database, DriveSummary(CLIENT, PASSENGER), began=began, now=began)
    database.seat([waiting(known, name, began)])
    route = Route(client_id=CLIENT, passenger_module=PASSENGER)
    assert len(claim(database, route=route, now=began)) == 1
    database.close()
    database = world.open()
    world.drive_until_idle(database, world.configure(database))
    (entry,) = all_entries(database)
    database.close()
    assert entry.external_id == name
    assert world.events.names("pushed") == {name}


def waiting(known: KnownClient, name: str, now: datetime) -> NewEntry:
    """Return a document as the route's puller pulls it."""
    route = known.route(PASSENGER)
    (puller,) = route.pullers
    document = Document(name, f"id-{name}", "source", pulled(name), puller.module, now)
    return Packer(Route(client_id=CLIENT, passenger_module=PASSENGER), route, "").pack(document, puller)
