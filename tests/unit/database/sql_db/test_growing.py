"""A queue that fills faster than its server counts rows: what is read for some passengers does not grow with it."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import text

from databus.client.log import MessageType
from databus.database.records import LogHead, LogLine
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.statistics import FIRST, Statistics
from databus.database.sql_db.tables import Tables
from databus.testing.samples import NOW, claim, passenger, seat
from tests.schemas import POSTGRESQL, Arguments, Servers

BATCH, BATCHES = 40, 50
MANY = BATCH * BATCHES


def _rows_read(servers: Servers, arguments: Arguments, table: str) -> int:
    """Return how many rows of a table, or of an index of it, were read since it was made."""
    query = text(
        "SELECT seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes AS own WHERE own.relid = it.relid)"
        " FROM pg_stat_user_tables AS it WHERE schemaname = :schema AND relname = :table"
    )
    with servers[POSTGRESQL].connection() as connection:
        return int(connection.execute(query, {"schema": arguments["schema"], "table": table}).scalar_one())


@pytest.mark.server(POSTGRESQL)
def test_each_passenger_costs_the_same(servers: Servers) -> None:
    """PostgreSQL keeps a plan from when the queue was empty: it read all of it for each batch."""
    arguments = servers[POSTGRESQL].new()
    database = SqlDatabase(arguments)
    database.open()
    for number in range(BATCHES):
        seat(database, *(passenger(f"{number}-{each}") for each in range(BATCH)))
    claims = claim(database, limit=MANY)
    for start in range(0, MANY, BATCH):
        assert database.renew(claims[start : start + BATCH], lease=timedelta(0), now=NOW) == []
    database.close()  # so that its connections tell what they have read
    assert MANY <= _rows_read(servers, arguments, "queue") < MANY * 10


@pytest.mark.server(POSTGRESQL)
def test_each_log_costs_the_same(servers: Servers) -> None:
    """With a plan from when there were no logs it read all those of the client for each."""
    arguments = servers[POSTGRESQL].new()
    database = SqlDatabase(arguments)
    database.open()
    line = LogLine(timestamp=NOW, type=MessageType.info, source="source", message="message")
    for number in range(MANY):
        head = LogHead(client_id="acme", guid=str(number), created_on=NOW, passenger_module="orders")
        database.append_log(head, [line])
    database.close()
    assert _rows_read(servers, arguments, "log_head") < MANY * 10


@pytest.mark.server(POSTGRESQL)
@pytest.mark.parametrize("seated", [FIRST - 1, FIRST])
def test_rows_are_counted_when_there_are_many(servers: Servers, seated: int) -> None:
    arguments = servers[POSTGRESQL].new()
    database = SqlDatabase(arguments)
    database.open()
    transactions = database._store.transactions
    Statistics(Tables(str(arguments["schema"])), transactions).grow(seated)
    query = text(
        "SELECT count(*) FROM pg_stat_user_tables WHERE schemaname = :schema AND last_analyze IS NOT NULL"
        " AND relname IN ('queue', 'queue_lease', 'queue_attachment')"
    )
    database.close()
    with servers[POSTGRESQL].connection() as connection:
        assert connection.execute(query, {"schema": arguments["schema"]}).scalar_one() == (3 if seated >= FIRST else 0)


@pytest.mark.server(POSTGRESQL)
def test_it_is_no_error_where_they_cannot_be_counted(servers: Servers, caplog: pytest.LogCaptureFixture) -> None:
    database = SqlDatabase(servers[POSTGRESQL].new())
    database.open()
    with caplog.at_level(logging.DEBUG, "databus"):
        Statistics(Tables("elsewhere"), database._store.transactions).grow(FIRST)
    assert "could not be counted" in caplog.text
    database.close()
