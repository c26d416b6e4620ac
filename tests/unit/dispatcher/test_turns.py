"""Several dispatchers on one database: each period one of them drives, and what is asked of one is done."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from databus.database.memory_db.memory_database import MemoryDatabase
from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.dispatcher.client_directory import ClientDirectory
from databus.dispatcher.driving import drive_route
from databus.dispatcher.primal_dispatcher import PrimalDispatcher
from databus.dispatcher.route_state import read_cut_off, read_state
from databus.dispatcher.turns import Turns
from databus.timestamps import utc_now
from tests.unit.dispatcher.queueing import seat
from tests.unit.dispatcher.test_primal_dispatcher import WAIT, config, configure, route, tick
from tests.unit.driver.conftest import RouteBuilder

__all__ = ["route"]

LEASE = timedelta(seconds=60)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
LATER = timedelta(seconds=6)
"""After this time a dispatcher looks again at what another one drives."""


class Together:
    """A dispatcher among others on one database."""

    def __init__(self, database: MemoryDatabase) -> None:
        self.dispatcher = PrimalDispatcher(DispatcherTicket())
        self.dispatcher._use(database)
        self.directory = ClientDirectory(database)

    def tick(self, now: datetime) -> int:
        """Return how many drives it starts now; they have ended."""
        return len(tick(self.dispatcher, self.directory, now))


def test_a_route_is_driven_once_per_period_by_whichever_process(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route, sync_frequency=1))
    crowd = [Together(route.database) for _ in range(3)]
    now = utc_now()
    for period in range(4):
        moment = now + period * MINUTE
        assert sum(each.tick(moment + timedelta(seconds=10)) for each in crowd) == 1, period
        assert sum(each.tick(moment + timedelta(seconds=20)) for each in crowd) == 0, period
        crowd.append(crowd.pop(0))  # another one looks first


@pytest.mark.parametrize("schedule", [{"sync_frequency": 60}, {"schedule": "* * * * *", "sync_frequency": 0}])
def test_while_one_drives_the_others_leave_the_route_alone(route: RouteBuilder, schedule: dict[str, Any]) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def push(passenger: Any) -> None:
        begun.set()
        go_on.wait(WAIT)

    configure(route.database, "acme", config(route, push, **schedule))
    one, other = Together(route.database), Together(route.database)
    now = utc_now().replace(second=1)  # so that no other minute begins meanwhile
    if "schedule" in schedule:
        assert one.tick(now) == other.tick(now) == 0
        now += MINUTE
    with ThreadPoolExecutor(1) as pool:
        assert len(one.dispatcher.tick(one.directory, pool, now=now)) == 1
        assert begun.wait(WAIT)
        assert [other.tick(now + seconds * LATER) for seconds in range(3)] == [0, 0, 0]
        go_on.set()
    assert other.tick(now + 3 * LATER) == 0, "it was driven in this period"


def test_the_turn_of_a_process_that_is_gone_passes_on(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route))
    now = utc_now()
    gone = Turns(route.database, lease=LEASE)
    assert gone.take(("acme", route.passenger), now=now)
    other = Together(route.database)
    assert other.tick(now) == 0
    assert other.tick(now + LEASE) == 0, "the claims of the one that is gone may hold until then"
    assert other.tick(now + LEASE + timedelta(seconds=15)) == 1


def test_a_turn_is_kept_as_long_as_its_drive_lasts(route: RouteBuilder) -> None:
    now = utc_now()
    turns, other = Turns(route.database, lease=LEASE), Turns(route.database, lease=LEASE)
    key = ("acme", route.passenger)
    assert turns.take(key, now=now)
    for second in range(300):
        turns.renew(now=now + timedelta(seconds=second))
        assert not other.take(key, now=now + timedelta(seconds=second))
    turns.give_back(key, now=now + timedelta(seconds=300))
    turns.renew(now=now + timedelta(seconds=301))
    assert other.take(key, now=now + timedelta(seconds=301))


def test_what_is_asked_of_one_is_done_when_another_has_ended_its_drive(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route))
    now = utc_now()
    turns = Turns(route.database, lease=LEASE)
    key = ("acme", route.passenger)
    asked = Together(route.database)
    assert asked.tick(now) == 1
    assert turns.take(key, now=now)
    asked.dispatcher.expedite(*key)
    assert asked.tick(now) == 0
    turns.give_back(key, now=now)
    assert asked.tick(now + LATER) == 1
    assert asked.tick(now + 2 * LATER) == 0


def test_a_pause_reaches_all(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route))
    one, other = Together(route.database), Together(route.database)
    one.dispatcher.pause()
    assert other.tick(utc_now()) == 0
    other.dispatcher.resume()
    assert one.tick(utc_now()) == 1


def test_a_drive_by_command_counts_for_the_schedules_of_all(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route, sync_frequency=1))
    one = Together(route.database)
    now = utc_now()
    assert one.tick(now) == 1
    drive_route(route.database, one.directory.get("acme"), route.passenger, now=now + MINUTE / 2)
    assert one.tick(now + MINUTE) == 0
    assert one.tick(now + MINUTE * 1.5) == 1


def test_what_the_end_of_a_process_cuts_off_is_still_due_for_another(route: RouteBuilder) -> None:
    one = Together(route.database)
    configure(route.database, "acme", config(route, lambda passenger: one.dispatcher.shutdown()))
    now = utc_now()
    assert one.tick(now) == 1
    assert read_state(route.database, "acme", route.passenger).began is None
    cut_off = read_cut_off(route.database, "acme", route.passenger)
    assert (cut_off.began, cut_off.summary and cut_off.summary["pulled"]) == (now, 1)
    assert Together(route.database).tick(now) == 1
    assert read_state(route.database, "acme", route.passenger).began == now


def test_what_another_process_leaves_behind_is_driven_before_the_drive_ends(route: RouteBuilder) -> None:
    """A worker has claimed a passenger and is killed: its lease ends while the drive waits for it."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(passenger: Any) -> None:
        begun.set()
        go_on.wait(WAIT)

    configure(route.database, "acme", config(route, slow))
    one = Together(route.database)
    now = utc_now()
    with ThreadPoolExecutor(1) as pool:
        assert len(one.dispatcher.tick(one.directory, pool, now=now)) == 1
        assert begun.wait(WAIT)
        place = seat(route, one.directory.get("acme"), "left behind")
        claimed = route.database.claim(place, after=0, limit=9, owner="gone", lease=2 * SECOND, now=utc_now())
        go_on.set()
    assert len(claimed) == 1
    assert route.pushed == ["a", "left behind"]
