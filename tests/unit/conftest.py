"""A database of each kind that needs no server, and another time zone."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.engines import JSON_DB, MEMORY_DB, SQL_DB
from databus.database.opening import make_database

ENGINES = {
    MEMORY_DB: {},
    JSON_DB: {"path": "{folder}/json_db"},
    SQL_DB: {"url": "sqlite:///{folder}/databus.db"},
}


@pytest.fixture
def in_istanbul(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where the clock of the machine is three hours ahead of UTC."""
    monkeypatch.setenv("TZ", "Europe/Istanbul")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(params=ENGINES)
def every_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AbstractDatabase]:
    """An open database, for what must hold on each kind."""
    arguments = {name: value.format(folder=tmp_path) for name, value in ENGINES[request.param].items()}
    database = make_database(request.param, arguments)
    database.open()
    yield database
    database.close()
