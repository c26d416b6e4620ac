"""A source and a target, each of every engine in turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.testing.engine import Engine
from tests.conformance.conftest import ENGINES, laid_out


def opened(engine: Engine, folder: Path, empty_sqlite: Path) -> Iterator[AbstractDatabase]:
    folder.mkdir()
    database = laid_out(engine, folder, empty_sqlite).open()
    yield database
    database.close()


@pytest.fixture(params=ENGINES)
def source(request: pytest.FixtureRequest, tmp_path: Path, empty_sqlite: Path) -> Iterator[AbstractDatabase]:
    yield from opened(ENGINES[request.param], tmp_path / "source", empty_sqlite)


@pytest.fixture(params=ENGINES)
def target(request: pytest.FixtureRequest, tmp_path: Path, empty_sqlite: Path) -> Iterator[AbstractDatabase]:
    yield from opened(ENGINES[request.param], tmp_path / "target", empty_sqlite)


@pytest.fixture
def memory() -> Iterator[AbstractDatabase]:
    """One more database."""
    database = ENGINES["memory_db"].place(Path()).open()
    yield database
    database.close()
