"""Lists of few among many: what a server reads for them does not grow with the queue."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from databus.database.records import QueueQuery, State
from databus.database.sql_db.sql_database import SqlDatabase
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import CLIENT, DAY, NOW, ROUTE, claim, outcome, passenger, seat
from tests.schemas import MARIADB, POSTGRESQL, Servers
from tests.unit.database.sql_db.conftest import SQLITE

MANY = 2000

FEW = MANY // 6
"""Rows that may be read."""

LOOKED_THROUGH = 60
"""Entries that may be looked at where no index answers: each takes some rows."""


@pytest.fixture(params=[SQLITE, pytest.param(MARIADB, marks=pytest.mark.server(MARIADB))])
def database(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Iterator[SqlDatabase]:
    """A database with many passengers, on a server that tells what it reads."""
    on_sqlite = {"url": f"sqlite:///{tmp_path}/databus.db"}
    arguments = on_sqlite if request.param == SQLITE else servers[MARIADB].emptied()
    database = SqlDatabase(arguments, looked_through=LOOKED_THROUGH)
    database.open()
    seat(database, *(passenger(f"Invoice-2026-{number:07}") for number in range(MANY)))
    yield database
    database.close()


def _rows_read(database: SqlDatabase, query: QueueQuery) -> tuple[list[str], int]:
    """Return what a query finds, and about how many rows were read for it."""
    with database._store.transactions.connection(writing=False) as connection, connection.begin():
        reads = _steps_of_sqlite(connection) if connection.dialect.name == "sqlite" else _reads_of_mariadb(connection)
        before = next(reads)
        page = database._store.finding._find(connection, query, int(query.cursor) if query.cursor else None, NOW)
        return [entry.external_id for entry in page.items], next(reads) - before


def _reads_of_mariadb(connection: Connection) -> Iterator[int]:
    while True:
        rows = connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Handler_read%%'")
        yield sum(int(row[1]) for row in rows)


def _steps_of_sqlite(connection: Connection) -> Iterator[int]:
    """Yield how many times ten instructions SQLite has worked off: it takes about so many for a row."""
    steps: list[int] = []
    sqlite: Any = connection.connection.driver_connection
    sqlite.set_progress_handler(lambda: steps.append(1), 10)
    while True:
        yield len(steps)


@pytest.mark.parametrize("search", ["INVOICE-2026-0000017", "0000017", "6-0000017"])
def test_a_part_of_an_external_id(database: SqlDatabase, search: str) -> None:
    names, read = _rows_read(database, QueueQuery(client_id=CLIENT, search=search))
    assert names == ["Invoice-2026-0000017"]
    assert read < FEW


def test_a_part_that_ten_have(database: SqlDatabase) -> None:
    names, read = _rows_read(database, QueueQuery(client_id=CLIENT, search="2026-000017"))
    assert names == [f"Invoice-2026-000017{number}" for number in reversed(range(10))]
    assert read < FEW


def test_those_that_somebody_works_on(database: SqlDatabase) -> None:
    claim(database, limit=10)
    names, read = _rows_read(database, QueueQuery(client_id=CLIENT, states=(State.RUNNING,)))
    assert names == [f"Invoice-2026-000000{number}" for number in reversed(range(10))]
    assert read < FEW


def test_a_part_that_nobody_has(database: SqlDatabase) -> None:
    names, read = _rows_read(database, QueueQuery(client_id=CLIENT, search="invoice-2026-9000000"))
    assert names == []
    assert read < FEW


def test_a_part_of_an_error(database: SqlDatabase) -> None:
    page = database.find(QueueQuery(client_id=CLIENT, search="2026-0000017"), now=NOW)
    database.record([outcome(page.items[0], "out", OutcomeKind.FAILED, error="the ERP is away")], now=NOW)
    names, read = _rows_read(database, QueueQuery(client_id=CLIENT, error="erp"))
    assert names == ["Invoice-2026-0000017"]
    assert read < FEW


@pytest.mark.parametrize(
    "filters",
    [
        {"source_system": "nobody"},
        {"source_system": "nobody", "passenger_module": ROUTE.passenger_module, "states": (State.WAITING,)},
        {"search": "xy"},
        {"search": "xyz"},
        {"search": "wxyz"},
        {"attachment": "nobody"},
        {"step": "nobody"},
        {"pulled_before": NOW - DAY},
    ],
)
def test_what_nobody_has_and_no_index_answers(database: SqlDatabase, filters: dict[str, Any]) -> None:
    for cursor in ("", str(MANY // 2)):
        names, read = _rows_read(database, QueueQuery(client_id=CLIENT, cursor=cursor, **filters))
        assert names == []
        assert read < FEW


@pytest.mark.parametrize("filters", [{}, {"states": (State.WAITING,)}, {"passenger_module": ROUTE.passenger_module}])
def test_a_page_far_behind(database: SqlDatabase, filters: dict[str, Any]) -> None:
    query = QueueQuery(client_id=CLIENT, limit=10, cursor="101", **filters)
    names, read = _rows_read(database, query)
    assert names == [f"Invoice-2026-{number:07}" for number in range(99, 89, -1)]
    assert read < FEW


def test_that_the_whole_queue_would_be_noticed(database: SqlDatabase) -> None:
    database.close()
    everything = SqlDatabase(database.arguments, looked_through=MANY)
    everything.open()
    names, read = _rows_read(everything, QueueQuery(client_id=CLIENT, search="xy"))
    everything.close()
    assert names == []
    assert read > MANY // 2


@pytest.mark.server(POSTGRESQL)
def test_an_index_of_postgresql_knows_beginnings(servers: Servers) -> None:
    """In most collations, an index of texts does not: each entry was looked at."""
    arguments = servers[POSTGRESQL].emptied()
    with servers[POSTGRESQL].connection() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        query = f"SELECT id FROM {arguments['schema']}.queue WHERE internal_folded LIKE 'abc%%'"
        plan = "".join(connection.exec_driver_sql(f"EXPLAIN {query}").scalars())
        connection.exec_driver_sql("RESET enable_seqscan")
    assert "queue_internal_id" in plan
    assert "~>=~" in plan


@pytest.mark.server(POSTGRESQL)
def test_postgresql_plans_each_list_for_what_is_asked(servers: Servers) -> None:
    """A plan for any values knows neither limit nor floor: with it a page may go through the whole queue."""
    database = SqlDatabase(servers[POSTGRESQL].emptied())
    database.open()
    seat(database, *(passenger(str(number)) for number in range(10)))
    with database._store.transactions.connection(writing=False) as connection:
        for _ in range(15):
            with connection.begin():
                database._store.finding._find(connection, QueueQuery(client_id=CLIENT, source_system="x"), None, NOW)
        plans = "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT%%'"
        used = connection.exec_driver_sql(plans).all()
    database.close()
    assert any(custom for custom, _ in used)
    assert not any(generic for _, generic in used)
