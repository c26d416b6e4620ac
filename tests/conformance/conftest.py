"""Runs the conformance suite against our own engines."""

import pytest

from databus.testing.engine import Engine
from databus.testing.fixtures import database, durable_place, place

__all__ = ["database", "durable_place", "engine", "place"]

ENGINES = {
    "memory_db": Engine(module="databus.database.memory_db.memory_database", volatile=True, in_memory=True),
    "remote": Engine(
        module="tests.unit.database.remote.served_memory",
        arguments='{"folder": "{tmp}"}',
        volatile=True,
        in_memory=True,
    ),
    "json_db": Engine(module="databus.database.json_db.json_database", arguments='{"path": "{tmp}"}'),
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each of our engines in turn."""
    return ENGINES[request.param]
