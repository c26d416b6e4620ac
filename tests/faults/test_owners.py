"""One process owns a database of files; the lock dies with it."""

import os
import socket
from pathlib import Path

import pytest

from databus.errors import StoreOwned
from tests.faults.engines import each_engine
from tests.faults.lives import Life, Nursery
from tests.faults.waiting import wait_for_event
from tests.faults.world import World, all_entries


def _owner(nursery: Nursery, world: World) -> Life:
    life = nursery.bear(serve=True)
    wait_for_event(world, "serving", life.number)
    return life


@each_engine
def test_a_second_owner_is_refused_and_told_who_the_first_is(tmp_path: Path, engine: str) -> None:
    world = World(tmp_path, engine=engine)
    with Nursery(tmp_path, engine=engine) as nursery:
        life = _owner(nursery, world)
        for _ in range(2):
            with pytest.raises(StoreOwned) as refused:
                world.open()
            assert str(life.pid) in str(refused.value)
            assert socket.gethostname() in str(refused.value)
        nursery.kill(life)
        nursery.end()


@each_engine
def test_the_lock_of_a_killed_owner_is_free_at_once(tmp_path: Path, engine: str) -> None:
    world = World(tmp_path, engine=engine)
    with Nursery(tmp_path, engine=engine) as nursery:
        for _ in range(5):
            life = _owner(nursery, world)
            nursery.kill(life)
            nursery.end()
            database = world.open()
            assert all_entries(database) == []
            database.close()


@each_engine
def test_what_an_owner_leaves_behind_does_not_matter(tmp_path: Path, engine: str) -> None:
    world = World(tmp_path, engine=engine)
    with Nursery(tmp_path, engine=engine) as nursery:
        life = _owner(nursery, world)
        nursery.kill(life)
        nursery.end()
    # The files still name the dead owner; also one whose process id is another's by now must not be in the way.
    (world.owned / ".owner.json").write_text(f'{{"pid": {os.getppid()}, "host": "elsewhere", "since": "2026"}}')
    assert (world.owned / ".lock").exists()
    assert (world.owned / "owner_endpoint.json").exists()
    world.open().close()


@each_engine
def test_the_same_process_cannot_own_it_twice(tmp_path: Path, engine: str) -> None:
    world = World(tmp_path, engine=engine)
    database = world.open()
    with pytest.raises(StoreOwned, match=str(os.getpid())):
        world.open()
    database.close()
    world.open().close()
