"""The process that owns the database is killed while another one drives through it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from databus.database.engines import JSON_DB
from databus.database.opening import owned_database
from databus.database.remote.endpoint import ENDPOINT_FILE
from databus.database.remote.lasting import LastingDatabase
from databus.database.remote.remote_database import RemoteDatabase
from databus.driver.abstract_driver import DriveSummary
from databus.errors import StoreUnreachable
from databus.timestamps import utc_now
from tests.faults.checks import check_contents, check_entries, check_index, left_over, lost
from tests.faults.lives import PATIENCE, Life, Nursery
from tests.faults.waiting import wait_for_event
from tests.faults.world import CLIENT, World, all_entries

DOCUMENTS = 10
POINTS = [
    ("seat:syncfs", 1, "before"),
    ("seat:commit", 1, "after"),
    ("seat:rename", 5, "after"),
    ("claim:commit", 1, "before"),
    ("claim:commit", 1, "after"),
    ("record:commit", 1, "before"),
    ("record:commit", 1, "after"),
    ("record:write", 4, "before"),
    ("record:commit", 2, "after"),
    ("record:commit", 3, "before"),
    ("renew:commit", 1, "before"),
    ("append_log:rename", 1, "before"),
]


@contextmanager
def _remote(world: World, life: Life) -> Iterator[RemoteDatabase]:
    wait_for_event(world, "serving", life.number)
    remote = RemoteDatabase({"endpoint": str(world.path / ENDPOINT_FILE)})
    remote.open()
    yield remote
    remote.close()


def _check_unreachable(summary: DriveSummary) -> None:
    assert summary.error
    assert "owner" in summary.error


def _check_all_arrives(world: World, copy: Path) -> None:
    database = world.open()
    entries = all_entries(database)
    assert lost(world, entries) == set()
    check_contents(world, database, entries)
    world.life += 1
    world.drive_until_idle(database, world.configure(database))
    database.close()
    assert world.events.names("born") == world.events.names("pushed")
    assert world.events.names("wrong") == set()
    check_entries(world)
    assert left_over(world) == []
    check_index(world, copy)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point[2]} {point[0]} {point[1]}")
def test_an_owner_that_dies_during_a_call(tmp_path: Path, point: tuple[str, int, str]) -> None:
    world = World(tmp_path, life=100)
    world.feed(DOCUMENTS)
    with Nursery(tmp_path) as nursery:
        life = nursery.bear(serve=True, point=point)
        with _remote(world, life) as remote:
            summary = world.drive(remote, world.configure(remote))
            nursery.end()
            _check_unreachable(summary)
            with pytest.raises(StoreUnreachable):
                remote.counts(CLIENT, now=utc_now())
    _check_all_arrives(world, tmp_path / "copy")


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point[2]} {point[0]} {point[1]}")
def test_a_drive_goes_on_when_its_owner_dies_during_a_call(tmp_path: Path, point: tuple[str, int, str]) -> None:
    world = World(tmp_path, life=100)
    names = world.feed(DOCUMENTS)
    with Nursery(tmp_path) as nursery:
        life = nursery.bear(serve=True, point=point)
        wait_for_event(world, "serving", life.number)
        own = partial(owned_database, JSON_DB, {"path": str(world.path)})
        database = LastingDatabase(world.path / ENDPOINT_FILE, own)
        database.open()
        summary = world.drive(database, world.configure(database))
        nursery.end()
        database.close()
    assert summary.error == ""
    # What the first of two claims had leased waits for the end of its lease.
    assert summary.waiting == (DOCUMENTS if point == ("claim:commit", 1, "after") else 0)
    _check_all_arrives(world, tmp_path / "copy")
    assert sorted(event.name for event in world.events.read() if event.what == "pushed") == sorted(names)


@pytest.mark.parametrize("pushes", [1, 4, 9])
def test_an_owner_that_is_killed_during_a_push(tmp_path: Path, pushes: int) -> None:
    world = World(tmp_path, life=100)
    world.feed(DOCUMENTS)
    summaries: list[DriveSummary] = []
    with Nursery(tmp_path) as nursery:
        life = nursery.bear(serve=True)
        with _remote(world, life) as remote:
            known = world.configure(remote)
            drive = threading.Thread(target=lambda: summaries.append(world.drive(remote, known)))
            drive.start()
            wait_for_event(world, "pushed", world.life, pushes)
            nursery.kill(life)
            drive.join(PATIENCE)
            nursery.end()
    _check_unreachable(summaries[0])
    _check_all_arrives(world, tmp_path / "copy")


def test_the_next_owner_is_found(tmp_path: Path) -> None:
    world = World(tmp_path, life=100)
    names = world.feed(DOCUMENTS)
    with Nursery(tmp_path) as nursery:
        first = nursery.bear(serve=True)
        with _remote(world, first) as remote:
            known = world.configure(remote)
            nursery.kill(first)
            nursery.end()
            second = nursery.bear(serve=True)
            wait_for_event(world, "serving", second.number)
            world.drive_until_idle(remote, known)
        nursery.kill(second)
        nursery.end()
    assert world.events.names("pushed") == set(names)
