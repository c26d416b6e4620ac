"""A search in the lines of logs looks through some of them for a page, and the next page goes on behind them."""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.json_db import logs as json_logs
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import LogQuery
from databus.database.sql_db import logs as sql_logs
from databus.database.sql_db.sql_database import SqlDatabase
from databus.testing.samples import CLIENT, NOW, SECOND, head, line

AT_ONCE = 4


def json_db(folder: Path) -> AbstractDatabase:
    return JsonDatabase({"path": str(folder)})


def sqlite(folder: Path) -> AbstractDatabase:
    return SqlDatabase({"url": f"sqlite:///{folder}/databus.db"})


@pytest.fixture(params=[json_db, sqlite])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AbstractDatabase]:
    monkeypatch.setattr(json_logs, "LOGS_LOOKED_THROUGH", AT_ONCE)
    monkeypatch.setattr(sql_logs, "LOGS_LOOKED_THROUGH", AT_ONCE)
    make: Callable[[Path], AbstractDatabase] = request.param
    database = make(tmp_path)
    database.open()
    for number in range(10):
        said = "wanted" if number in (0, 3, 8) else "other"
        database.append_log(head(str(number), created_on=NOW + number * SECOND), [line(said)])
    yield database
    database.close()


def pages(database: AbstractDatabase, text: str, limit: int) -> list[list[str]]:
    shown: list[list[str]] = []
    cursor = ""
    while True:
        page = database.find_logs(LogQuery(client_id=CLIENT, text=text, limit=limit, cursor=cursor))
        shown.append([each.guid for each in page.items])
        cursor = page.next_cursor
        if not cursor:
            return shown


def test_a_page_ends_where_enough_was_looked_through(database: AbstractDatabase) -> None:
    assert pages(database, "wanted", 5) == [["8"], ["3"], ["0"]]
    assert pages(database, "nowhere", 5) == [[], [], []]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_all_pages_together_show_everything_once(database: AbstractDatabase, limit: int) -> None:
    assert [*chain(*pages(database, "wanted", limit))] == ["8", "3", "0"]
    assert [*chain(*pages(database, "other", limit))] == ["9", "7", "6", "5", "4", "2", "1"]
    assert all(len(each) <= limit for each in pages(database, "other", limit))


def test_without_a_text_nothing_is_looked_through(database: AbstractDatabase) -> None:
    assert [len(each) for each in pages(database, "", 6)] == [6, 4]
