"""The dispatcher: schedules, pause, expedite, shutdown, observers, configurations that change."""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from databus.client.client import Client
from databus.client.client_passenger import ClientPassenger
from databus.client.log import Log
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.dispatcher.client_directory import ClientDirectory
from databus.dispatcher.observer import DispatcherObserver
from databus.dispatcher.primal_dispatcher import PrimalDispatcher
from databus.dispatcher.primal_factory import PrimalDispatcherFactory
from databus.dispatcher.route_state import (
    RouteState,
    is_paused,
    note_first_seen,
    paused_routes,
    read_state,
    set_route_paused,
)
from databus.driver.abstract_driver import DriveSummary
from databus.timestamps import utc_now
from tests.unit.driver.conftest import RouteBuilder

WAIT = 20


@pytest.fixture
def route() -> Iterator[RouteBuilder]:
    builder = RouteBuilder()
    yield builder
    builder.database.close()


class Watching(DispatcherObserver):
    """Counts drives, so that a test waits for one instead of sleeping."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bool]] = []
        self.changed = threading.Condition()

    def drive_passenger_complete(self, client: Client, client_passenger: ClientPassenger, log: Log) -> None:
        with self.changed:
            self.seen.append((client.id, client_passenger.name, log.has_error))
            self.changed.notify_all()

    def wait_for(self, drives: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.seen) >= drives, WAIT)


@contextmanager
def running(database: MemoryDatabase, observer: DispatcherObserver) -> Iterator[PrimalDispatcher]:
    dispatcher = PrimalDispatcher(DispatcherTicket(dispatcher_observer=observer))
    thread = threading.Thread(target=dispatcher.run, args=(database,))
    thread.start()
    try:
        yield dispatcher
    finally:
        dispatcher.shutdown()
        thread.join(WAIT)
        assert not thread.is_alive()


def configure(database: MemoryDatabase, client_id: str, *routes: dict[str, Any]) -> None:
    content = json.dumps({"passengers": list(routes)}).encode()
    database.write_document(client_id, "config.json", content, expected=None, by="", now=utc_now())


def config(route: RouteBuilder, push: Callable[[Any], Any] | None = None, **further: Any) -> dict[str, Any]:
    return {
        "name": route.passenger,
        "pullers": [route.pulls("a")],
        "pushers": [route.pusher(push=push)],
        "sync_frequency": 60,
        **further,
    }


def test_a_route_is_driven_at_start_and_remembered(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route))
    observer = Watching()
    with running(route.database, observer):
        observer.wait_for(1)
    assert route.pushed == ["a"]
    state = read_state(route.database, "acme", route.passenger)
    assert state.began is not None
    assert state.summary is not None
    assert state.summary["pushed"] == 1


def test_a_restart_does_not_drive_what_is_not_due(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route))
    with running(route.database, first := Watching()):
        first.wait_for(1)
    dispatcher = PrimalDispatcher(DispatcherTicket())
    dispatcher._database = route.database
    with ThreadPoolExecutor(1) as pool:
        directory = ClientDirectory(route.database)
        assert dispatcher.tick(directory, pool, now=utc_now()) == []
        assert dispatcher.tick(directory, pool, now=utc_now() + timedelta(minutes=61)) == [("acme", route.passenger)]


def ticked(route: RouteBuilder, *times: datetime) -> list[datetime]:
    """Return at which times a process that lives for so long drives something."""
    dispatcher = PrimalDispatcher(DispatcherTicket())
    dispatcher._database = route.database
    with ThreadPoolExecutor(1) as pool:
        directory = ClientDirectory(route.database)
        return [now for now in times if dispatcher.tick(directory, pool, now=now)]


def test_a_cron_route_that_was_never_driven_is_caught_up(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route, sync_frequency=0, schedule="0 2 * * *"))
    evening = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
    morning = evening + timedelta(hours=10)
    assert ticked(route, evening - timedelta(hours=14), evening) == []
    assert ticked(route, morning) == [morning], "the machine was off at night"
    assert ticked(route, morning + timedelta(hours=1)) == []


def test_a_cron_route_that_is_new_waits_for_its_time(route: RouteBuilder) -> None:
    noon = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    configure(route.database, "acme", {**config(route), "name": "databus.passenger.demo.demo_passenger_1"})
    dispatcher = PrimalDispatcher(DispatcherTicket())
    dispatcher._database = route.database
    directory = ClientDirectory(route.database)
    with ThreadPoolExecutor(1) as pool:
        dispatcher.tick(directory, pool, now=noon - timedelta(days=1))
        configure(route.database, "acme", config(route, sync_frequency=0, schedule="0 2 * * *"))
        assert dispatcher.tick(directory, pool, now=noon) == [], "02:00 was before it was there"
        assert dispatcher.tick(directory, pool, now=noon + timedelta(hours=14)) == [("acme", route.passenger)]


def test_since_when_a_route_waits_is_noted_by_the_first(route: RouteBuilder) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    note_first_seen(route.database, "acme", route.passenger, now=first)
    note_first_seen(route.database, "acme", route.passenger, now=first + timedelta(days=1))
    assert read_state(route.database, "acme", route.passenger) == RouteState(first_seen=first)
    route.drive(pullers=[route.pulls("a")])
    driven = read_state(route.database, "acme", route.passenger)
    assert (driven.began is not None, driven.first_seen) == (True, None)
    note_first_seen(route.database, "acme", route.passenger, now=first)
    assert read_state(route.database, "acme", route.passenger) == driven


def test_an_upgrade_does_not_drive_what_is_not_due(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route))
    now = utc_now()
    content = json.dumps(
        {"began": now.isoformat(), "summary": DriveSummary("acme", route.passenger).as_dict()}
    ).encode()
    route.database.write_document("acme", f"state/{route.passenger}", content, expected=None, by="", now=now)
    dispatcher = PrimalDispatcher(DispatcherTicket())
    dispatcher._database = route.database
    with ThreadPoolExecutor(1) as pool:
        directory = ClientDirectory(route.database)
        assert dispatcher.tick(directory, pool, now=now + timedelta(minutes=59)) == []
        assert dispatcher.tick(directory, pool, now=now + timedelta(minutes=61)) == [("acme", route.passenger)]


def test_expedite_drives_a_route_that_runs_on_demand_only(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route, sync_frequency=0))
    with running(route.database, observer := Watching()) as dispatcher:
        dispatcher.expedite("acme", route.passenger)
        observer.wait_for(1)
    assert route.pushed == ["a"]


def test_expedite_during_a_drive_drives_once_more(route: RouteBuilder) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def push(passenger: Any) -> None:
        begun.set()
        go_on.wait(WAIT)

    configure(route.database, "acme", config(route, push, sync_frequency=0))
    with running(route.database, observer := Watching()) as dispatcher:
        dispatcher.expedite("acme", route.passenger)
        assert begun.wait(WAIT)
        dispatcher.expedite("acme", route.passenger)
        dispatcher.expedite("acme", route.passenger)
        go_on.set()
        observer.wait_for(2)
    assert len(observer.seen) == 2


def test_pause_starts_nothing_and_outlives_a_restart(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route, sync_frequency=0))
    with running(route.database, observer := Watching()) as dispatcher:
        dispatcher.expedite("acme", route.passenger)
        observer.wait_for(1)
        dispatcher.pause()
    assert is_paused(route.database)
    paused = PrimalDispatcher(DispatcherTicket())
    paused._database = route.database
    with ThreadPoolExecutor(1) as pool:
        directory = ClientDirectory(route.database)
        paused.expedite("acme", route.passenger)
        assert paused.tick(directory, pool, now=utc_now()) == []
        paused.resume()
        assert paused.tick(directory, pool, now=utc_now()) == [("acme", route.passenger)], "what was asked is not lost"


def test_a_second_signal_ends_at_once_even_while_the_first_is_being_handled(monkeypatch: pytest.MonkeyPatch) -> None:
    dispatcher = PrimalDispatcher(DispatcherTicket())
    codes: list[int] = []

    def interrupted() -> None:
        if not codes:
            dispatcher._on_signal(signal.SIGINT, None)

    monkeypatch.setattr("os._exit", codes.append)
    monkeypatch.setattr(dispatcher, "shutdown", interrupted)
    dispatcher._on_signal(signal.SIGINT, None)
    assert codes[0] == 128 + signal.SIGINT


def test_a_paused_route_rests_alone(route: RouteBuilder) -> None:
    other = RouteBuilder()
    configure(route.database, "acme", config(route, sync_frequency=1), config(other, sync_frequency=1))
    set_route_paused(route.database, "acme", route.passenger, True, now=utc_now())
    assert paused_routes(route.database, "acme") == {route.passenger}
    dispatcher = PrimalDispatcher(DispatcherTicket())
    dispatcher._database = route.database
    with ThreadPoolExecutor(1) as pool:
        directory = ClientDirectory(route.database)
        dispatcher.expedite("acme", route.passenger)
        assert dispatcher.tick(directory, pool, now=utc_now()) == [("acme", other.passenger)]
        set_route_paused(route.database, "acme", route.passenger, False, now=utc_now())
        assert dispatcher.tick(directory, pool, now=utc_now()) == [("acme", route.passenger)]
    assert paused_routes(route.database, "acme") == set()


def test_routes_that_are_paused_at_the_same_moment_all_rest(route: RouteBuilder) -> None:
    names = [f"route_{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: set_route_paused(route.database, "acme", name, True, now=utc_now()), names))
    assert paused_routes(route.database, "acme") == set(names)


def test_a_route_never_overlaps_itself_and_delays_no_other(route: RouteBuilder) -> None:
    other = RouteBuilder()
    begun, go_on = threading.Event(), threading.Event()

    def slow(passenger: Any) -> None:
        begun.set()
        go_on.wait(WAIT)

    configure(route.database, "slow", config(route, slow, sync_frequency=0.0001))
    configure(route.database, "fast", {**config(other), "sync_frequency": 60})
    with running(route.database, observer := Watching()):
        assert begun.wait(WAIT)
        observer.wait_for(1)
        assert observer.seen[0][0] == "fast"
        go_on.set()
        observer.wait_for(2)


def test_an_observer_that_raises_changes_nothing_else(route: RouteBuilder) -> None:
    class Raising(Watching):
        def drive_passenger_complete(self, client: Client, client_passenger: ClientPassenger, log: Log) -> None:
            super().drive_passenger_complete(client, client_passenger, log)
            raise RuntimeError("observer")

    configure(route.database, "acme", config(route, sync_frequency=0))
    with running(route.database, observer := Raising()) as dispatcher:
        for drives in (1, 2):
            dispatcher.expedite("acme", route.passenger)
            observer.wait_for(drives)
    assert route.pushed == ["a"]


def test_observers_see_the_log(route: RouteBuilder) -> None:
    def fail(passenger: Any) -> None:
        raise ValueError("no")

    configure(route.database, "acme", config(route, fail))
    with running(route.database, observer := Watching()):
        observer.wait_for(1)
    assert observer.seen == [("acme", route.passenger, True)]


def tick(dispatcher: PrimalDispatcher, directory: ClientDirectory, now: datetime) -> list[tuple[str, str]]:
    with ThreadPoolExecutor(4) as pool:
        return dispatcher.tick(directory, pool, now=now)


def test_one_broken_configuration_stops_its_client_only_and_the_last_good_one_stays(route: RouteBuilder) -> None:
    other = RouteBuilder()
    dispatcher, directory = PrimalDispatcher(DispatcherTicket()), ClientDirectory(route.database)
    dispatcher._database = route.database
    configure(route.database, "acme", config(route, sync_frequency=1))
    route.database.write_document("bad", "config.json", b"{nonsense", expected=None, by="", now=utc_now())
    now = utc_now()
    assert tick(dispatcher, directory, now) == [("acme", route.passenger)]
    assert directory.get("bad").problems != []

    route.database.write_document("acme", "config.json", b"also nonsense", expected=None, by="", now=now)
    configure(route.database, "bad", config(other, sync_frequency=1))
    now += timedelta(minutes=2)
    assert sorted(tick(dispatcher, directory, now)) == [("acme", route.passenger), ("bad", other.passenger)]
    assert directory.get("acme").problems != []
    assert directory.get("bad").problems == []


def test_plain_passwords_are_hashed_when_a_configuration_is_read(route: RouteBuilder) -> None:
    content = b'{"users": [{"username": "u", "password": "open sesame", "role": "operator"}]}'
    route.database.write_document("acme", "config.json", content, expected=None, by="", now=utc_now())
    directory = ClientDirectory(route.database)
    directory.refresh(now=utc_now())
    stored = route.database.read_document("acme", "config.json").content
    assert b"open sesame" not in stored
    assert b"$argon2id$" in stored
    assert directory.refresh(now=utc_now())["acme"].problems == []


def test_the_factory_of_databus_8_still_works_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match="PrimalDispatcher"):
        dispatcher = PrimalDispatcherFactory().create_dispatcher(p_ticket=DispatcherTicket(p_system_alias="Test"))  # type: ignore[call-arg] # Databus 8's keyword
    assert isinstance(dispatcher, PrimalDispatcher)
    assert dispatcher.ticket.system_alias == "Test"
