"""What every test relies on."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from databus.database.sql_db.sql_database import SqlDatabase
from tests import embedded
from tests.schemas import Servers
from tests.servers import pytest_configure, pytest_runtest_makereport, pytest_runtest_setup

__all__ = ["pytest_configure", "pytest_runtest_makereport", "pytest_runtest_setup"]

# No test judges by time: a busy machine is not a bug.
settings.register_profile("databus", deadline=None)
settings.load_profile("databus")


def pytest_collection_finish() -> None:
    # What collecting has made stays to the end. Frozen, it costs _garbage nothing: without, ten times as much.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _garbage() -> Iterator[None]:
    """What a file's tests leave open in a circle of objects fails here, not in a later test that happens to collect."""
    yield
    gc.collect()


@pytest.fixture(scope="session", autouse=True)
def _embedded() -> Iterator[None]:
    yield
    embedded.stop()


@pytest.fixture(scope="session")
def servers(_embedded: None) -> Iterator[Servers]:
    """The SQL servers, for tests that are marked with the variables they need."""
    servers = Servers()
    yield servers
    servers.close()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied: making them takes longer than what most tests do with them."""
    path = tmp_path_factory.mktemp("sqlite") / "databus.db"
    database = SqlDatabase({"url": f"sqlite:///{path}"})
    database.open()
    database.close()
    return path
