"""The dispatcher when something goes wrong: clocks, databases, drives that do not end, clients that come and go."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from databus.client.client import Client
from databus.client.client_passenger import ClientPassenger
from databus.client.log import Log
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import Document
from databus.dispatcher import primal_dispatcher
from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.dispatcher.client_directory import ClientDirectory
from databus.dispatcher.primal_dispatcher import PrimalDispatcher
from databus.errors import StoreError
from databus.timestamps import utc_now
from tests.unit.dispatcher.test_primal_dispatcher import WAIT, Watching, config, configure, route, running, tick
from tests.unit.driver.conftest import RouteBuilder

__all__ = ["route"]


class PartlyUnreadable(MemoryDatabase):
    """Cannot read the documents of one client."""

    unreadable = ""

    def read_document(self, client_id: str, name: str, *, version: str = "") -> Document:
        if client_id == self.unreadable:
            raise StoreError(f"{client_id}/{name}: permission denied")
        return super().read_document(client_id, name, version=version)


def dispatcher_on(database: MemoryDatabase) -> tuple[PrimalDispatcher, ClientDirectory]:
    dispatcher = PrimalDispatcher(DispatcherTicket())
    dispatcher._database = database
    return dispatcher, ClientDirectory(database)


@pytest.mark.parametrize("schedule", [{"sync_frequency": 1}, {"schedule": "* * * * *", "sync_frequency": 0}])
def test_a_clock_that_is_set_back_for_years_holds_no_route_up(route: RouteBuilder, schedule: dict[str, Any]) -> None:
    configure(route.database, "acme", config(route, **schedule))
    dispatcher, directory = dispatcher_on(route.database)
    wrong, right = utc_now() + timedelta(days=3650), utc_now()
    tick(dispatcher, directory, wrong)
    tick(dispatcher, directory, wrong + timedelta(minutes=2))
    started = [tick(dispatcher, directory, right + timedelta(seconds=30 * n)) for n in range(5)]
    assert sum(map(len, started)) == 2, "once a minute"


def test_a_client_that_cannot_be_read_stops_only_itself_and_keeps_its_last_good_configuration(
    route: RouteBuilder,
) -> None:
    database, other = PartlyUnreadable({}), RouteBuilder()
    database.open()
    configure(database, "acme", config(route, sync_frequency=1))
    configure(database, "bad", config(other, sync_frequency=1))
    dispatcher, directory = dispatcher_on(database)
    database.unreadable = "bad"
    now = utc_now()
    assert tick(dispatcher, directory, now) == [("acme", route.passenger)]
    assert "permission denied" in str(directory.get("bad").problems[0])
    database.unreadable = ""
    assert tick(dispatcher, directory, now + timedelta(seconds=31)) == [("bad", other.passenger)]
    assert directory.get("bad").problems == []


def test_what_is_asked_for_while_the_database_fails_is_done_afterwards(route: RouteBuilder) -> None:
    class NoState(PartlyUnreadable):
        def read_document(self, client_id: str, name: str, *, version: str = "") -> Document:
            if self.unreadable and name == f"state/route/{route.passenger}":
                raise StoreError("no state")
            return super().read_document(client_id, name, version=version)

    database = NoState({})
    database.open()
    configure(database, "acme", config(route, sync_frequency=0))
    dispatcher, directory = dispatcher_on(database)
    dispatcher.expedite("acme", route.passenger)
    database.unreadable = "state"
    with pytest.raises(StoreError):
        tick(dispatcher, directory, utc_now())
    database.unreadable = ""
    assert tick(dispatcher, directory, utc_now()) == [("acme", route.passenger)]
    assert tick(dispatcher, directory, utc_now()) == []


def test_a_tick_that_fails_is_told_once_and_the_next_one_works(
    route: RouteBuilder, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(MemoryDatabase):
        broken = 3

        def clients(self) -> dict[str, str]:
            if self.broken:
                self.broken -= 1
                raise ValueError("an engine's own mistake")
            return super().clients()

    database = Broken({})
    database.open()
    configure(database, "acme", config(route))
    with running(database, observer := Watching()) as dispatcher:
        for _ in range(3):
            dispatcher.expedite("acme", "wakes it up")
        observer.wait_for(1)
    assert caplog.text.count("an engine's own mistake") == 1


def test_shutdown_does_not_wait_for_a_drive_that_does_not_end(
    route: RouteBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its observer hangs, which no time limit of a step ends."""
    monkeypatch.setattr(primal_dispatcher, "GRACE", 0.1)
    monkeypatch.setattr(primal_dispatcher, "MARGIN", 0.1)
    hangs, release = threading.Event(), threading.Event()

    class Hanging(Watching):
        def drive_passenger_complete(self, client: Client, client_passenger: ClientPassenger, log: Log) -> None:
            hangs.set()
            release.wait(WAIT)

    configure(route.database, "acme", config(route))
    with running(route.database, Hanging()):
        assert hangs.wait(WAIT)
    assert not release.is_set()
    release.set()


def test_an_observer_that_exits_changes_nothing_else(route: RouteBuilder, caplog: pytest.LogCaptureFixture) -> None:
    class Exiting(Watching):
        def drive_passenger_complete(self, client: Client, client_passenger: ClientPassenger, log: Log) -> None:
            super().drive_passenger_complete(client, client_passenger, log)
            raise SystemExit("observer")

    configure(route.database, "acme", config(route))
    with running(route.database, observer := Exiting()):
        observer.wait_for(1)
    assert "The dispatcher's observer failed" in caplog.text


def test_a_route_that_is_taken_out_while_it_runs_ends_its_drive(route: RouteBuilder) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def push(passenger: Any) -> None:
        begun.set()
        go_on.wait(WAIT)

    configure(route.database, "acme", config(route, push))
    dispatcher, directory = dispatcher_on(route.database)
    with ThreadPoolExecutor(1) as pool:
        assert dispatcher.tick(directory, pool, now=utc_now()) == [("acme", route.passenger)]
        assert begun.wait(WAIT)
        configure(route.database, "acme")
        assert dispatcher.tick(directory, pool, now=utc_now()) == []
        configure(route.database, "acme", config(route))
        dispatcher.expedite("acme", route.passenger)
        assert dispatcher.tick(directory, pool, now=utc_now()) == [], "it is still running"
        go_on.set()
    assert route.pushed == ["a"]
    assert tick(dispatcher, directory, utc_now()) == [("acme", route.passenger)], "what was asked is not lost"


def test_a_client_that_is_made_anew_is_driven_at_once(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route))
    dispatcher, directory = dispatcher_on(route.database)
    now = utc_now()
    assert len(tick(dispatcher, directory, now)) == 1
    route.database.delete_client("acme", now=now)
    assert tick(dispatcher, directory, now) == []
    configure(route.database, "acme", config(route))
    assert len(tick(dispatcher, directory, now)) == 1


def test_start_works_off_the_main_thread_and_leaves_signals_alone(route: RouteBuilder) -> None:
    dispatcher = PrimalDispatcher(
        DispatcherTicket(database_module="databus.database.memory_db.memory_database", run_web_server=False)
    )
    thread = threading.Thread(target=dispatcher.start)
    thread.start()
    dispatcher.shutdown()
    thread.join(WAIT)
    assert not thread.is_alive()


def test_the_ticket_takes_positions_names_and_the_names_of_databus_8() -> None:
    observer = Watching()
    by_position = DispatcherTicket("m", {"a": 1}, "d", observer, False, 5001, [], "Test")
    by_name = DispatcherTicket(
        p_database_module="m",  # type: ignore[call-arg] # Databus 8's keywords
        p_database_arguments={"a": 1},
        p_driver_module="d",
        p_dispatcher_observer=observer,
        p_run_web_server=False,
        p_web_server_port=5001,
        p_external_config_files=None,
        p_system_alias="Test",
    )
    assert vars(by_position) == vars(by_name)
    assert DispatcherTicket(None, None, None, None).system_alias == "Databus"  # type: ignore[arg-type] # as Databus 8's defaults
