"""What the tests are given. Another suite of tests that imports these gives its own ``engine``."""

from collections.abc import Iterator

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.testing.engine import Engine, Place


@pytest.fixture
def engine(pytestconfig: pytest.Config) -> Engine:
    """The engine that the command line names."""
    module = pytestconfig.getoption("--database-module")
    if not module:
        pytest.exit("databus.testing: say which engine to test, with --database-module", returncode=4)
    return Engine(
        module=module,
        arguments=pytestconfig.getoption("--database-arguments"),
        volatile=pytestconfig.getoption("--database-volatile"),
        in_memory=pytestconfig.getoption("--database-in-memory"),
    )


@pytest.fixture
def place(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The place of an empty database."""
    return engine.place(tmp_path_factory.mktemp("database"))


@pytest.fixture
def durable_place(place: Place) -> Place:
    """The place of an empty database that outlives its process."""
    if place.volatile:
        pytest.skip("the engine keeps nothing beyond its process")
    return place


@pytest.fixture
def database(place: Place) -> Iterator[AbstractDatabase]:
    """An empty, open database."""
    database = place.open()
    yield database
    database.close()
