"""The API on every kind of database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.engines import JSON_DB, MEMORY_DB, SQL_DB
from databus.database.opening import make_database
from tests.web.api.world import World

ENGINES = ("memory_db", "json_db", "sqlite")


def _made(engine: str, folder: Path) -> AbstractDatabase:
    match engine:
        case "json_db":
            return make_database(JSON_DB, {"path": str(folder / "json_db")})
        case "sqlite":
            return make_database(SQL_DB, {"url": f"sqlite:///{folder / 'databus.db'}"})
        case _:
            return make_database(MEMORY_DB, {})


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path, empty_sqlite: Path) -> Iterator[AbstractDatabase]:
    """A database, for what must hold on each kind."""
    if request.param == "sqlite":
        shutil.copy(empty_sqlite, tmp_path)
    database = _made(request.param, tmp_path)
    database.open()
    yield database
    database.close()


@pytest.fixture
def world(database: AbstractDatabase) -> Iterator[World]:
    """An installation on each kind of database."""
    made = World(database)
    with made.client:
        yield made


@pytest.fixture
def small() -> Iterator[World]:
    """An installation in memory, for what has nothing to do with the database."""
    database = _made("memory_db", Path())
    database.open()
    made = World(database)
    with made.client:
        yield made
    database.close()
