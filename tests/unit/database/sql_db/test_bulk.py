"""Many rows are written as they were given, whether they are alike or not."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    event,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

from databus.database.sql_db import bulk_json, exact_text
from databus.database.sql_db.bulk import Bulk, Change, Columns, Insertion, Write, bulk_for, is_range
from databus.database.sql_db.bulk_plain import PlainBulk
from databus.database.sql_db.column_types import ExactText, Key, Moment, content_type
from databus.database.sql_db.sql_database import SqlDatabase
from tests.schemas import POSTGRESQL, Arguments, Servers

NOW = datetime(2026, 11, 25, 12, 30, 0, 1, tzinfo=UTC)

TEXTS = ["", " ", "a ", "\0", "\ud800", 'say "{1,NULL}"', "NULL", "a\\\n'b", "%s %(x)s %% ?", "ß\U0001f600", "x" * 9000]

NUMBER = len(TEXTS)

IDS = list(range(5, 5 + NUMBER))

ALIKE: Columns = {
    "id": IDS,
    "position": [1] * NUMBER,
    "name": ['a"b %s'] * NUMBER,
    "text": ["\0 \\ '% "] * NUMBER,
    "at": [NOW] * NUMBER,
    "flag": [True] * NUMBER,
    "content": [None] * NUMBER,
}

DIFFERENT: Columns = {
    "id": IDS,
    "position": [1] * NUMBER,
    "name": [text[:90] for text in TEXTS],
    "text": [None, *TEXTS[1:]],
    "at": [None, *(NOW + timedelta(microseconds=each) for each in range(1, NUMBER))],
    "flag": [each % 2 == 0 for each in range(NUMBER)],
    "content": [None, b"", *(bytes(range(256)) * each for each in range(2, NUMBER))],
}


class Place:
    """A table to write into."""

    def __init__(self, database: SqlDatabase, schema: str | None) -> None:
        self._transactions = database._store.transactions
        self.bulk: Bulk = bulk_for(database._store._engine.dialect)
        self.table = Table(
            "tried",
            MetaData(schema=schema),
            Column("id", Integer, nullable=False, autoincrement=False),
            Column("position", Integer, nullable=False, autoincrement=False),
            Column("name", Key),
            Column("text", ExactText),
            Column("at", Moment),
            Column("flag", Boolean),
            Column("content", content_type()),
            PrimaryKeyConstraint("id", "position"),
        )
        self._transactions.write(self.table.create, repeatable=False)

    def insert(self, columns: Columns) -> None:
        """Insert rows."""
        self._transactions.write(lambda each: self.bulk.insert(each, self.table, columns), repeatable=False)

    def update(self, columns: Columns, by: Sequence[str] = ("id", "position")) -> None:
        """Update rows."""
        self._transactions.write(lambda each: self.bulk.update(each, self.table, columns, by=by), repeatable=False)

    def write(self, *writes: Write) -> None:
        """Do several writes."""
        self._transactions.write(lambda each: self.bulk.write(each, writes), repeatable=False)

    def rows(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        query = select(self.table).order_by(self.table.c.id, self.table.c.position)
        return [tuple(row) for row in self._transactions.read(lambda each: each.execute(query).all())]

    def chosen(self, column: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return ids and texts of the rows that have one of the values, by what the server has made of them."""
        table = self.table
        raw: list[ColumnElement[Any]] = [type_coerce(table.c[name], NullType()) for name in ("id", "text", "flag")]
        query = select(*raw)
        rows_of = self.bulk.choosing(query, table.c[column], table.c.id)
        rows = self._transactions.read(lambda each: rows_of(each, values))
        return [(row[0], None if row[1] is None else exact_text.read(row[1]), bool(row[2])) for row in rows]

    def ids(self, numbers: Sequence[int]) -> list[int]:
        """Return those of the ids that there are."""
        query = select(self.table.c.id).where(self.bulk.among(self.table.c.id, numbers)).order_by(self.table.c.id)
        return list(self._transactions.read(lambda each: each.execute(query).scalars().all()))

    def may_have(self, columns: Columns) -> bool:
        """Whether one of the values may be there."""
        return self._transactions.read(lambda each: self._may_have(each, columns))

    def _may_have(self, connection: Connection, columns: Columns) -> bool:
        return self.bulk.may_have(connection, self.table, columns)


@pytest.fixture(params=["own", "plain"])
def place(database: SqlDatabase, arguments: Arguments, request: pytest.FixtureRequest) -> Place:
    """An empty table; it is written by what is made for its server, and by what is made for SQL Server."""
    place = Place(database, arguments.get("schema"))
    if request.param == "plain":
        place.bulk = PlainBulk(place.bulk.dialect)
    return place


def as_rows(columns: Columns) -> list[tuple[Any, ...]]:
    """Return rows as they are read."""
    return list(zip(*columns.values(), strict=True))


@pytest.mark.parametrize("columns", [ALIKE, DIFFERENT])
def test_rows_are_inserted(place: Place, columns: Columns) -> None:
    place.insert(columns)
    assert place.rows() == as_rows(columns)


@pytest.mark.parametrize(("before", "after"), [(ALIKE, DIFFERENT), (DIFFERENT, ALIKE)])
def test_rows_are_updated(place: Place, before: Columns, after: Columns) -> None:
    place.insert(before)
    others = {**before, "position": [2] * NUMBER}
    place.insert(others)
    place.update(after)
    assert place.rows() == sorted([*as_rows(after), *as_rows(others)], key=lambda row: row[:2])


def test_ids_with_gaps_are_no_range(place: Place) -> None:
    place.insert(ALIKE)
    chosen = [IDS[0], IDS[2], IDS[-1]]
    place.update({"id": chosen, "text": ["new"] * len(chosen)}, by=("id",))
    assert [row[0] for row in place.rows() if row[3] == "new"] == chosen
    assert place.ids([*chosen, 1000]) == chosen


def test_rows_of_several_positions_are_updated(place: Place) -> None:
    place.insert(ALIKE)
    place.insert({**ALIKE, "position": [2] * NUMBER})
    place.update({"id": IDS[:2], "position": [1, 2], "text": ["new", "new"]})
    assert [row[:2] for row in place.rows() if row[3] == "new"] == [(IDS[0], 1), (IDS[1], 2)]


def test_what_differs_may_be_another_column_each_time(place: Place) -> None:
    """Statements are kept, and of the same columns others may differ."""
    place.insert({"id": [1, 2], "position": [1, 2], "name": ["n", "n"], "text": ["t", "t"]})
    place.insert({"id": [3, 4], "position": [1, 2], "name": ["a", "b"], "text": ["t", "t"]})
    place.update({"id": [1, 2], "position": [1, 2], "name": ["m", "m"], "text": ["u", "v"]})
    place.update({"id": [3, 4], "position": [1, 2], "name": ["c", "d"], "text": ["w", "w"]})
    place.update({"id": [3, 4], "name": ["e", "f"], "text": ["x", "x"]}, by=("id",))
    assert [row[:4] for row in place.rows()] == [
        (1, 1, "m", "u"),
        (2, 2, "m", "v"),
        (3, 1, "e", "x"),
        (4, 2, "f", "x"),
    ]


def test_several_writes_are_done(place: Place) -> None:
    changed, changed_alike, new, new_alike = IDS[0:2], IDS[2:4], [101, 102], [103, 104]
    place.insert(ALIKE)
    place.write(
        Change(place.table, {"id": changed, "position": [1, 1], "text": ["%s", "b"], "flag": [False] * 2}, ("id",)),
        Insertion(place.table, {"id": new, "position": [1, 2], "name": ["n", "%m"], "text": ["c", "d"]}),
        Change(place.table, {"id": changed_alike, "text": ["e"] * 2}, ("id",)),
        Insertion(place.table, {"id": new_alike, "position": [1] * 2, "name": ["n"] * 2, "text": ["f"] * 2}),
    )
    untouched = {row[:4] for row in as_rows(ALIKE) if row[0] not in (*changed, *changed_alike)}
    name = ALIKE["name"][0]
    came = {(changed[0], 1, name, "%s"), (changed[1], 1, name, "b"), *((each, 1, name, "e") for each in changed_alike)}
    added = {(101, 1, "n", "c"), (102, 2, "%m", "d"), (103, 1, "n", "f"), (104, 1, "n", "f")}
    assert {row[:4] for row in place.rows()} == untouched | came | added


def test_more_writes_than_one_statement_takes_are_done(place: Place) -> None:
    numbers = [*range(40)]
    place.write(
        *(Insertion(place.table, {"id": [each], "position": [1], "name": ["n"], "text": ["t"]}) for each in numbers)
    )
    assert place.ids(numbers) == numbers


@pytest.mark.parametrize("server_name", [pytest.param(POSTGRESQL, marks=pytest.mark.server(POSTGRESQL))])
def test_few_statements_do_several_writes(servers: Servers, server_name: str) -> None:
    arguments = servers[server_name].new()
    database = SqlDatabase(arguments)
    database.open()
    place, texts = Place(database, str(arguments["schema"])), list[str]()
    event.listen(database._store._engine, "before_cursor_execute", lambda *given: texts.append(given[2]), named=False)
    writes = [Insertion(place.table, {"id": [each], "position": [1], "name": ["n"]}) for each in range(30)]
    place.write(*writes)
    assert len(texts) == 2, "50 parameters each, of which a write has three"
    assert all(text.startswith("WITH") for text in texts)
    assert place.ids(range(30)) == [*range(30)]
    database.close()


def test_nothing_is_written_by_no_writes(place: Place) -> None:
    place.write()
    assert place.rows() == []


def test_more_than_a_statement_holds_is_inserted(place: Place) -> None:
    ids = [*range(40)]
    texts = [f"{each}" + "x" * 100_000 for each in ids]
    place.insert({"id": ids, "position": ids, "text": texts})
    assert [row[3] for row in place.rows()] == texts


@pytest.mark.parametrize("number", [127, 128, 129, 300])
def test_many_that_differ_are_inserted(place: Place, number: int) -> None:
    ids, texts = [*range(number)], [f"text {each}" for each in range(number)]
    place.insert({"id": ids, "position": [1] * number, "name": ["same"] * number, "text": texts})
    place.insert({"id": ids, "position": [2] * number, "name": texts, "text": texts[::-1]})
    expected = [(each, 1, "same", texts[each]) for each in ids] + [
        (each, 2, texts[each], texts[-1 - each]) for each in ids
    ]
    assert sorted((row[0], row[1], row[2], row[3]) for row in place.rows()) == sorted(expected)


def test_what_is_not_there_is_not_found(place: Place) -> None:
    place.insert(DIFFERENT)
    assert place.may_have({"name": ["unknown", TEXTS[5]], "text": ["unknown"]})
    assert place.may_have({"name": ["unknown"], "text": ["unknown", TEXTS[4]]})
    if not isinstance(place.bulk, PlainBulk):
        assert not place.may_have({"name": ["unknown", "other"], "text": ["unknown"]})


@pytest.mark.parametrize(
    ("numbers", "expected"), [([], False), ([7], True), ([3, 2, 4], True), ([2, 4], False), ([1, 1, 3], False)]
)
def test_a_range_has_no_gaps(numbers: list[int], expected: bool) -> None:
    assert is_range(numbers) is expected


def test_rows_are_chosen(place: Place) -> None:
    place.insert(DIFFERENT)
    expected = [(row[0], row[3], row[5]) for row in as_rows(DIFFERENT)]
    assert place.chosen("id", IDS) == expected
    assert place.chosen("id", [IDS[-1], IDS[1], 1000]) == [expected[1], expected[-1]]
    assert place.chosen("name", ["\0", "\ud800", "nobody"]) == [expected[3], expected[4]]
    assert place.chosen("id", []) == []


@pytest.mark.parametrize("length", [4, 20, 20_000])
def test_more_than_a_text_holds_is_chosen(database: SqlDatabase, arguments: Arguments, length: int) -> None:
    place = Place(database, arguments.get("schema"))
    texts = ["x" * 9000] * NUMBER
    place.insert({**ALIKE, "text": texts})
    transactions = database._store.transactions
    with transactions.connection(writing=False) as connection:  # the pool gives the next one the same connection
        match transactions.dialect:
            case "sqlite":
                connection.connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(length, 20_000))
            case "mariadb":
                connection.exec_driver_sql(f"SET group_concat_max_len = {length}")
    assert [text for _, text, _ in place.chosen("id", IDS)] == texts


@pytest.mark.parametrize(
    ("number", "text", "rows"),
    [
        (0, None, []),
        (2, '[1,"a"],[2,"[]"]', [(1, "a"), (2, "[]")]),
        (2, '[1,"a"],[2,"[]"', None),
        (2, '[1,"a"],', None),
        (2, '[1,"a"]', None),
        (2, None, None),
    ],
)
def test_rows_that_a_server_has_cut_are_noticed(number: int, text: str | None, rows: list[Any] | None) -> None:
    assert bulk_json._whole_rows(number, text) == rows
