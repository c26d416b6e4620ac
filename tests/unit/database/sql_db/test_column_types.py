"""What is written into a column is read from it, on every server."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select

from databus.database.sql_db.column_types import (
    ExactText,
    Key,
    Moment,
    Word,
    Written,
    content_type,
    digest_type,
    identity_type,
    moment_text,
    written,
)
from databus.database.sql_db.sql_database import SqlDatabase
from tests.schemas import Arguments
from tests.unit.database.sql_db.sql_server_statements import DRIVERS, dialect

TEXTS = [
    "",
    " ",
    "a ",
    "\0",
    "\ud800",
    "ß\U0001f600",
    "a\\\nb",
    "'; --",
    "%s %(x)s :x ?",
    "\U0010f800\U0010fffd",
    "x" * 70_000,
]
MOMENTS = [
    datetime(1000, 1, 1, tzinfo=UTC),
    datetime(2026, 11, 25, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 11, 25, 23, 59, 59, 7, tzinfo=UTC),
    datetime(2026, 3, 29, 2, 30, tzinfo=UTC),  # an hour that clocks of Berlin leave out
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]
CONTENTS = [b"", b"\0", bytes(range(256)), b"'ascii'", b"x" * 300_000]

CASES: list[tuple[Any, list[Any]]] = [
    (ExactText(), TEXTS),
    (Key(), [text for text in TEXTS if len(text) < 100]),
    (Word(), ["waiting", "dead"]),
    (Moment(), MOMENTS),
    (content_type(), CONTENTS),
    (digest_type(), [b"\0" * 16, b"0123456789abcdef"]),
    (identity_type(), [b"\0" * 17, b"\xff" * 65, b"0123456789abcdef\0"]),
]


@given(st.lists(st.sampled_from([None, *MOMENTS]) | st.datetimes(timezones=st.just(UTC)), min_size=1))
def test_many_times_are_written_as_each_of_them_is(times: list[datetime | None]) -> None:
    assert written(times, moment_text) == [moment_text(each) for each in times]


def test_times_as_texts_stand_in_their_order() -> None:
    texts = [moment_text(each) or "" for each in sorted(MOMENTS)]
    assert texts == sorted(texts)
    assert {len(text) for text in texts} == {len("2026-01-31 23:59:59.999999")}
    assert "2026-11-25 23:59:59.000007" in texts
    assert "2026-03-29 02:30:00.000000" in texts


def test_times_of_other_libraries_are_times() -> None:
    class Timestamp(datetime):
        """As pandas and pendulum have one."""

    assert moment_text(Timestamp(2026, 1, 31, 23, 59, 59, 7, tzinfo=UTC)) == "2026-01-31 23:59:59.000007"


@pytest.mark.parametrize(("kind", "values"), CASES, ids=lambda each: type(each).__name__)
def test_a_value_comes_back(database: SqlDatabase, arguments: Arguments, kind: Any, values: list[Any]) -> None:
    metadata = MetaData(schema=arguments.get("schema"))
    table = Table(
        "tried", metadata, Column("id", Integer, primary_key=True, autoincrement=False), Column("value", kind)
    )
    rows = [*values, None]

    def write(connection: Connection) -> None:
        table.create(connection)
        for place, value in enumerate(rows):
            connection.execute(insert(table).values(id=place, value=value))

    def read(connection: Connection) -> list[Any]:
        return list(connection.execute(select(table.c.value).order_by(table.c.id)).scalars())

    transactions = database._store.documents._transactions
    transactions.write(write, repeatable=False)
    assert transactions.read(read) == rows
    wanted = [value for value in values if isinstance(kind, (ExactText, Key)) and len(value) < 1000]
    for value in wanted:
        query = select(table.c.value).where(table.c.value == value)
        assert transactions.read(lambda connection, query=query: list(connection.execute(query).scalars())) == [value]  # type: ignore[misc] # mypy knows no type of a lambda with defaults


@pytest.mark.parametrize("kind", [ExactText(), Key(), Written()])
def test_sql_server_joins_no_lines(kind: Any) -> None:
    sql_server = dialect(DRIVERS[0])
    write = kind.bind_processor(sql_server)
    assert "\\\n" not in write("a\\\nb")
    assert ExactText().result_processor(sql_server, None)(write("a\\\nb")) == "a\\\nb"
