"""Runs the conformance suite against our own engines."""

import json
import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import make_url

from databus.database.engines import JSON_DB, MEMORY_DB, SQL_DB
from databus.testing.engine import Engine, Place
from databus.testing.fixtures import database, durable_place
from tests.schemas import MARIADB, MSSQL, POSTGRESQL, Servers

__all__ = ["database", "durable_place", "engine", "place"]

SQLITE = '{"url": "sqlite:///{tmp}/databus.db"}'

ENGINES = {
    "memory_db": Engine(module=MEMORY_DB, volatile=True, in_memory=True),
    "remote": Engine(
        module="tests.unit.database.remote.served_memory",
        arguments='{"folder": "{tmp}"}',
        volatile=True,
        in_memory=True,
    ),
    "json_db": Engine(module=JSON_DB, arguments='{"path": "{tmp}"}'),
    "sqlite": Engine(module=SQL_DB, arguments=SQLITE),
    "mssql-statements": Engine(module="tests.unit.database.sql_db.sql_server_statements", arguments=SQLITE),
}
"""Engines that need nothing. The last one is SQLite; it judges every statement as SQL Server would."""

SERVERS = {
    "postgresql": (POSTGRESQL, ""),
    "mariadb": (MARIADB, ""),
    "mssql": (MSSQL, "mssql"),
    "mssql-pymssql": (MSSQL, "mssql+pymssql"),
}
"""Engines on a server: the variable with its address, and the driver where it is not that of the address."""

PARAMETERS = [
    *ENGINES,
    *(pytest.param(name, marks=pytest.mark.server(variable)) for name, (variable, _) in SERVERS.items()),
]


EXAMPLES = "DATABUS_TEST_EXAMPLES"

FEWER_EXAMPLES = {"mssql-statements": "10", **dict.fromkeys(SERVERS, "50")}
"""Random histories of those that are slower; the many of SQLite use the same code."""


@pytest.fixture(params=PARAMETERS)
def engine(request: pytest.FixtureRequest, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Each of our engines in turn."""
    if request.param in FEWER_EXAMPLES:
        monkeypatch.setenv(EXAMPLES, os.environ.get(EXAMPLES, FEWER_EXAMPLES[request.param]))
    return engine_named(request.param, servers)


@pytest.fixture
def place(engine: Engine, empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The place of an empty database."""
    return laid_out(engine, tmp_path_factory.mktemp("database"), empty_sqlite)


def laid_out(engine: Engine, folder: Path, empty_sqlite: Path) -> Place:
    """Return the place of an empty database; in SQLite its tables are there, as on a server."""
    if engine.arguments == SQLITE:
        shutil.copy(empty_sqlite, folder)
    return engine.place(folder)


def engine_named(name: str, servers: Servers) -> Engine:
    """Return one of our engines; on a server, with a schema whose tables are empty."""
    if name in ENGINES:
        return ENGINES[name]
    variable, driver = SERVERS[name]
    arguments = servers[variable].emptied()
    if driver:
        url = make_url(arguments["url"]).set(drivername=driver)
        arguments = {**arguments, "url": url.render_as_string(hide_password=False)}
    return Engine(module=SQL_DB, arguments=json.dumps(arguments))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give random histories more time than a test has: on a slow day they take two minutes."""
    for item in items:
        if "TestHistories" in item.nodeid:
            item.add_marker(pytest.mark.timeout(600))
