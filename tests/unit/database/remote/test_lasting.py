"""A database outlives its owners: those who work through one of them go on, with what they have claimed."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.opening import owned_database, reached_database
from databus.database.records import Duplicate, NewEntry, Refused, Seated
from databus.database.remote.connections import Connections
from databus.database.remote.lasting import LastingDatabase
from databus.database.remote.remote_database import RemoteDatabase
from databus.database.remote.server import DatabaseServer
from databus.database.remote.wire import Wire
from databus.errors import StoreError, StoreOwned, StoreUnreachable
from databus.testing.samples import CLIENT, MINUTE, NOW, ROUTE, outcome, passenger, seat
from tests.unit.database.remote.samples import new_entry

PLACES = {
    "json_db": ("databus.database.json_db.json_database", "path", "{}/json_db"),
    "sqlite": ("databus.database.sql_db.sql_database", "url", "sqlite:///{}/databus.db"),
}


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, str]]:
    module, key, pattern = PLACES[request.param]
    return module, {key: pattern.format(tmp_path)}


@pytest.fixture
def owner(place: tuple[str, dict[str, str]]) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        stack.enter_context(owned_database(*place))
        yield stack


def _claim(database: AbstractDatabase, owner: str) -> list[Any]:
    return database.claim(ROUTE, after=0, limit=9, owner=owner, lease=MINUTE, now=NOW)


def test_the_borrower_becomes_the_owner_with_what_it_has_claimed(
    place: tuple[str, dict[str, str]], owner: ExitStack
) -> None:
    with reached_database(*place) as database, ExitStack() as others:
        assert isinstance(database, LastingDatabase)
        seat(database, passenger("1"))
        [claim] = _claim(database, "first")
        owner.close()
        assert database.record([outcome(claim, "notify")], now=NOW) == []
        other = others.enter_context(reached_database(*place))  # served as by the first one
        assert isinstance(other, LastingDatabase)
        assert _claim(other, "second") == []
        assert database.renew([claim], lease=MINUTE, now=NOW) == []
    with owned_database(*place) as anew:  # nobody is left who could have a lease
        assert len(_claim(anew, "third")) == 1


def test_the_next_owner_leaves_leases_to_those_who_live(place: tuple[str, dict[str, str]], owner: ExitStack) -> None:
    with reached_database(*place) as database:
        seat(database, passenger("1"))
        [claim] = _claim(database, "first")
        owner.close()
        with owned_database(*place) as anew:
            assert _claim(anew, "second") == []
            assert database.record([outcome(claim, "notify")], now=NOW) == []
            assert [step.is_complete for step in anew.load(CLIENT, ["id-1"])[0].steps] == [True, False, False]


def test_who_does_not_take_over_hears_that_there_is_no_owner(
    place: tuple[str, dict[str, str]], owner: ExitStack
) -> None:
    with reached_database(*place, take_over=False) as database:
        owner.close()
        with pytest.raises(StoreUnreachable, match="No running process serves this database"):
            database.clients()
        with owned_database(*place):
            assert database.clients() == {}


def test_patience_ends_where_somebody_owns_it_whom_nobody_reaches(tmp_path: Path) -> None:
    def refuse() -> Any:
        raise StoreOwned("by somebody else")

    with DatabaseServer(MemoryDatabase({}), folder=tmp_path) as server:
        database = LastingDatabase(server.path, refuse, patience=0.1)
        database.open()
    with pytest.raises(StoreUnreachable, match="No running process serves this database"):
        database.clients()
    database.close()
    with pytest.raises(StoreError, match="closed"):
        database.clients()


def test_many_threads_meet_one_new_owner(place: tuple[str, dict[str, str]], owner: ExitStack) -> None:
    failures: list[BaseException] = []

    def call(database: AbstractDatabase, start: threading.Barrier) -> None:
        try:
            start.wait()
            assert len(database.load(CLIENT, ["id-1"])) == 1
        except BaseException as error:  # noqa: BLE001 - for the test's own thread
            failures.append(error)

    with reached_database(*place) as database:
        seat(database, passenger("1"))
        start = threading.Barrier(9)
        threads = [threading.Thread(target=call, args=(database, start)) for _ in range(8)]
        for thread in threads:
            thread.start()
        owner.close()
        start.wait()
        for thread in threads:
            thread.join(60)
    assert failures == []


def test_what_was_seated_before_the_connection_broke_is_no_duplicate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    borrow, borrowed = Connections.borrow, list[Wire]()

    def noted(self: Connections) -> Wire:
        borrowed.append(borrow(self))
        return borrowed[-1]

    class Cutting(MemoryDatabase):
        """Loses the connection of the first call when it is done."""

        def seat(self, entries: Sequence[NewEntry]) -> list[Seated | Duplicate | Refused]:
            results = super().seat(entries)
            if isinstance(results[0], Seated):
                borrowed[-1].cut()
            return results

    monkeypatch.setattr(Connections, "borrow", noted)
    with DatabaseServer(Cutting({}), folder=tmp_path) as server:
        remote = RemoteDatabase({"endpoint": server.path})
        assert remote.seat([new_entry(1)]) == [Seated(internal_id="id-1")]
        assert len(borrowed) == 2
        remote.close()
