"""The dispatcher of ``databus worker``: drives what waits, pulls nothing, leaves what failed to schedules."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from databus.database.records import LogQuery
from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.dispatcher.client_directory import ClientDirectory
from databus.dispatcher.driving import drive_route
from databus.dispatcher.queue_worker import QueueWorker
from databus.dispatcher.route_state import read_state, set_paused
from databus.errors import ConfigError
from databus.timestamps import utc_now
from tests.unit.dispatcher.queueing import seat
from tests.unit.dispatcher.test_primal_dispatcher import WAIT, config, configure, route, tick
from tests.unit.driver.conftest import RouteBuilder

__all__ = ["route"]

SECOND = timedelta(seconds=1)


class Working:
    """A worker on a client with one route, whose puller must not be called."""

    def __init__(self, route: RouteBuilder, push: Callable[[Any], Any] | None = None) -> None:
        def pull() -> list[Any]:
            raise AssertionError("a worker pulls nothing")

        self.route = route
        configure(route.database, "acme", {**config(route, push), "pullers": [route.puller(pull)]})
        self.worker = QueueWorker(DispatcherTicket())
        self.worker._use(route.database)
        self.directory = ClientDirectory(route.database)

    def seat(self, *external_ids: str) -> None:
        self.directory.refresh(now=utc_now())
        seat(self.route, self.directory.get("acme"), *external_ids)

    def tick(self, now: datetime | None = None) -> int:
        """Return how many drives it starts; they have ended."""
        return len(tick(self.worker, self.directory, now or utc_now()))


def test_it_drives_what_waits_and_pulls_nothing(route: RouteBuilder) -> None:
    working = Working(route)
    assert working.tick() == 0
    working.seat("a", "b")
    assert working.tick() == 1
    assert route.pushed == ["a", "b"]
    assert working.tick() == 0
    working.seat("c")
    assert working.tick() == 1
    assert route.pushed == ["a", "b", "c"]
    assert len(route.database.find_logs(LogQuery(client_id="acme")).items) == 2


def test_it_counts_for_no_schedule(route: RouteBuilder) -> None:
    working = Working(route)
    working.seat("a")
    assert working.tick() == 1
    assert read_state(route.database, "acme", route.passenger).began is None


def test_what_failed_is_left_to_the_next_drive_of_the_schedule(route: RouteBuilder) -> None:
    tries: list[str] = []

    def fail(passenger: Any) -> None:
        tries.append(passenger.passenger.external_id)
        if passenger.passenger.external_id == "bad" and tries.count("bad") < 2:
            raise ValueError("no")

    working = Working(route, fail)
    working.seat("bad")
    assert working.tick() == 1
    assert working.tick() == 0, "nothing waits that did not fail"
    working.seat("good")
    assert working.tick(utc_now() + timedelta(minutes=2)) == 1, "it begins at the front of the queue"
    assert tries == ["bad", "good"]
    drive_route(route.database, working.directory.get("acme"), route.passenger)
    assert tries == ["bad", "good", "bad"]
    assert route.pushed == ["good", "bad"]


def test_it_rests_while_paused(route: RouteBuilder) -> None:
    working = Working(route)
    working.seat("a")
    set_paused(route.database, True, now=utc_now())
    assert working.tick() == 0
    set_paused(route.database, False, now=utc_now())
    assert working.tick() == 1


def test_what_a_killed_process_had_claimed_is_driven_when_its_lease_ends(route: RouteBuilder) -> None:
    working = Working(route)
    working.seat("a")
    now = utc_now()
    place = seat(route, working.directory.get("acme"))
    assert route.database.claim(place, after=0, limit=9, owner="gone", lease=60 * SECOND, now=now - 30 * SECOND)
    assert working.tick(now) == 0
    # The drive's own clock is the real one: let the lease end by it.
    route.database.claim(place, after=0, limit=9, owner="gone", lease=SECOND, now=now + 31 * SECOND)
    assert working.tick(now + 33 * SECOND) == 1


def test_what_cannot_be_driven_is_tried_less_and_less_often(route: RouteBuilder) -> None:
    """Waiting passengers that always somebody else claims first, as far as this worker sees."""
    working = Working(route)
    working.seat("a")
    claim = route.database.claim
    claims: list[int] = []

    def nothing(*arguments: Any, **named: Any) -> list[Any]:
        claims.append(1)
        return []

    route.database.claim = nothing  # type: ignore[method-assign] # the real one, but late
    now = utc_now()
    started = [working.tick(now + second * SECOND) for second in range(60)]
    assert 3 <= sum(started) <= 8
    route.database.claim = claim  # type: ignore[method-assign] # as before
    assert working.tick(now + 200 * SECOND) == 1
    assert route.pushed == ["a"]


def test_two_workers_share_a_route(route: RouteBuilder) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(passenger: Any) -> None:
        if passenger.passenger.external_id == "slow":
            begun.set()
            go_on.wait(WAIT)

    one = Working(route, slow)
    one.seat("slow")
    with ThreadPoolExecutor(1) as pool:
        assert len(one.worker.tick(one.directory, pool, now=utc_now())) == 1
        assert begun.wait(WAIT)
        other = QueueWorker(DispatcherTicket())
        other._use(route.database)
        one.seat("quick")
        assert len(tick(other, ClientDirectory(route.database), utc_now())) == 1
        assert route.pushed == ["quick"]
        go_on.set()
    assert route.pushed == ["quick", "slow"]


@pytest.mark.parametrize(
    ("module", "key"),
    [("databus.database.json_db.json_database", "path"), ("databus.database.sql_db.sql_database", "url")],
)
def test_a_database_of_one_process_is_refused(tmp_path: Path, module: str, key: str) -> None:
    place = f"{tmp_path}/here" if key == "path" else f"sqlite:///{tmp_path}/here"
    worker = QueueWorker(DispatcherTicket(module, {key: place}))
    with pytest.raises(ConfigError, match="one process at a time"):
        worker.start()
    assert list(tmp_path.iterdir()) == []
