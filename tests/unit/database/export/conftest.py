"""A source and a target, each of every engine in turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.testing.engine import Engine
from tests.conformance.conftest import ENGINES


def opened(engine: Engine, folder: Path) -> Iterator[AbstractDatabase]:
    folder.mkdir()
    database = engine.place(folder).open()
    yield database
    database.close()


@pytest.fixture(params=ENGINES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AbstractDatabase]:
    yield from opened(ENGINES[request.param], tmp_path / "source")


@pytest.fixture(params=ENGINES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AbstractDatabase]:
    yield from opened(ENGINES[request.param], tmp_path / "target")


@pytest.fixture
def memory() -> Iterator[AbstractDatabase]:
    """One more database."""
    database = ENGINES["memory_db"].place(Path()).open()
    yield database
    database.close()
