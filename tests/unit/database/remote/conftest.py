"""A served database and a caller of it, over real sockets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.remote.remote_database import RemoteDatabase
from databus.database.remote.server import DatabaseServer


@pytest.fixture
def database() -> MemoryDatabase:
    return MemoryDatabase({})


@pytest.fixture
def server(database: MemoryDatabase, tmp_path: Path) -> Iterator[DatabaseServer]:
    with DatabaseServer(database, folder=tmp_path) as running:
        yield running


@pytest.fixture
def remote(server: DatabaseServer) -> Iterator[RemoteDatabase]:
    caller = RemoteDatabase({"endpoint": str(server.path)})
    caller.open()
    yield caller
    caller.close()
