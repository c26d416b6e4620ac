"""Lists of few among many: what a server reads for them does not grow with the queue."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from databus.database.records import QueueQuery
from databus.database.sql_db.sql_database import SqlDatabase
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import CLIENT, NOW, outcome, passenger, seat
from tests.schemas import MARIADB, Servers

MANY = 2000

FEW = MANY // 10
"""Rows that may be read."""


@pytest.fixture
def on_mariadb(servers: Servers) -> Iterator[SqlDatabase]:
    """A database with many passengers."""
    database = SqlDatabase(servers[MARIADB].emptied())
    database.open()
    seat(database, *(passenger(f"Invoice-2026-{number:07}") for number in range(MANY)))
    yield database
    database.close()


def _rows_read(database: SqlDatabase, query: QueueQuery) -> tuple[list[str], int]:
    """Return what a query finds, and how many rows the server read for it."""
    with database._store.transactions.connection(writing=False) as connection, connection.begin():
        before = _reads(connection)
        page = database._store.finding._find(connection, query, None, NOW)
        return [entry.external_id for entry in page.items], _reads(connection) - before


def _reads(connection: Connection) -> int:
    rows = connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Handler_read%%'")
    return sum(int(row[1]) for row in rows)


@pytest.mark.server(MARIADB)
@pytest.mark.parametrize("search", ["INVOICE-2026-0000017", "0000017", "6-0000017"])
def test_a_part_of_an_external_id(on_mariadb: SqlDatabase, search: str) -> None:
    names, read = _rows_read(on_mariadb, QueueQuery(client_id=CLIENT, search=search))
    assert names == ["Invoice-2026-0000017"]
    assert read < FEW


@pytest.mark.server(MARIADB)
def test_a_part_that_nobody_has(on_mariadb: SqlDatabase) -> None:
    names, read = _rows_read(on_mariadb, QueueQuery(client_id=CLIENT, search="invoice-2026-9000000"))
    assert names == []
    assert read < FEW


@pytest.mark.server(MARIADB)
def test_a_part_of_an_error(on_mariadb: SqlDatabase) -> None:
    page = on_mariadb.find(QueueQuery(client_id=CLIENT, search="2026-0000017"), now=NOW)
    on_mariadb.record([outcome(page.items[0], "out", OutcomeKind.FAILED, error="the ERP is away")], now=NOW)
    names, read = _rows_read(on_mariadb, QueueQuery(client_id=CLIENT, error="erp"))
    assert names == ["Invoice-2026-0000017"]
    assert read < FEW


@pytest.mark.server(MARIADB)
def test_that_the_whole_queue_would_be_noticed(on_mariadb: SqlDatabase) -> None:
    names, read = _rows_read(on_mariadb, QueueQuery(client_id=CLIENT, search="xyz"))
    assert names == []
    assert read > MANY
