"""A place of its own on each server."""

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, text

POSTGRESQL = "DATABUS_TEST_POSTGRESQL_URL"
MARIADB = "DATABUS_TEST_MARIADB_URL"


@pytest.fixture(
    params=[
        pytest.param(POSTGRESQL, marks=pytest.mark.server(POSTGRESQL), id="postgresql"),
        pytest.param(MARIADB, marks=pytest.mark.server(MARIADB), id="mariadb"),
    ]
)
def arguments(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Arguments of a database on a server, in a schema that is dropped afterwards."""
    made: dict[str, Any] = {"url": os.environ[request.param], "schema": f"databus_test_{uuid.uuid4().hex[:12]}"}
    yield made
    from databus.database.sql_db.sql_database_arguments import target_of

    engine = create_engine(target_of(made).url)
    cascade = "CASCADE" if engine.dialect.name == "postgresql" else ""
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {made['schema']} {cascade}"))
    engine.dispose()
