"""An installation over two engines: the reference, and files, which care about names."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from databus.database.abstract_database import AbstractDatabase
from databus.database.json_db.json_database import JsonDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from tests.web.world import World

ENGINES = ("memory_db", "json_db")


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AbstractDatabase]:
    """An open database."""
    engine = MemoryDatabase({}) if request.param == "memory_db" else JsonDatabase({"path": str(tmp_path)})
    engine.open()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    """The event loop in which pages are made."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def world(database: AbstractDatabase, portal: BlockingPortal) -> World:
    """The installation."""
    return World(database, portal=portal)
