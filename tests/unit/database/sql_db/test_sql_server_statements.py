"""What SQL Server would get, of which none is here; ``sql_server_statements`` judges each statement of the suite."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Select, Table, select, true

from databus.database.sql_db.locking import locked
from databus.database.sql_db.tables import Tables
from databus.testing.samples import MINUTE, claim, passenger, seat
from tests.unit.database.sql_db.sql_server_statements import DRIVERS, SpokenTo, dialect, judge, texts

TABLES = Tables("databus")


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_claim_is_one_statement_that_skips_what_others_have(tmp_path: Path, driver: str) -> None:
    database = SpokenTo({"url": f"sqlite:///{tmp_path}/databus.db"})
    database.open()
    seat(database, passenger("1"))
    assert len(claim(database, lease=MINUTE)) == 1
    database.close()
    (statement,) = {text for text in texts(driver) if "READPAST" in text and "UPDATE" in text}
    assert re.search(r"SELECT TOP \S+ queue\.id", statement)
    assert "queue_lease WITH (UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK)" in statement
    assert "UPDATE queue_lease SET" in statement
    assert "OUTPUT inserted.queue_id, inserted.fence" in statement


@pytest.mark.parametrize(
    "statement",
    [
        select(TABLES.queue.c.id).where(TABLES.queue.c.runnable.is_(true())),
        select(TABLES.queue.c.id).with_for_update(),
        select(TABLES.queue.c.id).where(TABLES.queue.c.id.in_(range(2_101))),
    ],
)
def test_what_sql_server_would_refuse_is_found(statement: "Select[Any]") -> None:
    with pytest.raises(AssertionError):
        judge(None, statement, [], {}, {})


def test_rows_are_locked_by_hints() -> None:
    judge(None, locked(select(TABLES.queue.c.id), TABLES.queue), [], {}, {})


def test_contents_texts_and_times_are_kept_whole() -> None:
    columns = [column for table in TABLES.metadata.sorted_tables for column in table.c]
    assert {_kind(column) for column in columns} == {
        "BIGINT", "BIT", "DATETIME2(6)", "FLOAT", "INTEGER", "NVARCHAR(20)", "NVARCHAR(200)",
        "NVARCHAR(max)", "SMALLINT", "VARBINARY(12)", "VARBINARY(65)", "VARBINARY(max)",
    }  # fmt: skip
    assert {_kind(column) for column in columns if column.name == "content"} == {"VARBINARY(max)"}


@pytest.mark.parametrize("table", TABLES.metadata.sorted_tables, ids=lambda table: str(table.name))
def test_keys_fit_into_an_index(table: Table) -> None:
    assert sum(map(_bytes, table.primary_key.columns)) <= 900
    for index in table.indexes:
        assert sum(map(_bytes, index.columns)) <= 1700, index.name


def _kind(column: Column[Any]) -> str:
    return column.type.compile(dialect(DRIVERS[0])).partition(" COLLATE")[0]


def _bytes(column: Column[Any]) -> int:
    """Return how much room a column takes in an index: two bytes for a character."""
    kind = _kind(column)
    length = re.search(r"(\d+)\)", kind)
    if "max" in kind:
        return 1_000_000
    return int(length[1]) * (2 if kind.startswith("NVARCHAR") else 1) if length else 8
