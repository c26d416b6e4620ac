"""One process at a time owns a SQLite file; others of the machine work through it."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from databus.database.engines import SQL_DB
from databus.database.opening import owned_database, reached_database
from databus.database.remote.remote_database import RemoteDatabase
from databus.database.sql_db import engine
from databus.database.sql_db.sql_database import SqlDatabase
from databus.errors import StoreError, StoreOwned, StoreUnreachable
from databus.testing.samples import CLIENT, NOW, found, passenger, seat

ROOT = Path(__file__).parents[4]

SECOND = """
import sys
from databus.database.sql_db import engine
from databus.database.sql_db.sql_database import SqlDatabase
from databus.errors import StoreOwned
try:
    SqlDatabase({"url": sys.argv[1]}).open()
except StoreOwned as error:
    print(error)
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/databus.db"


def test_another_process_is_told_who_has_it(url: str, tmp_path: Path) -> None:
    with owned_database(SQL_DB, {"url": url}, serve=False):
        program = [sys.executable, "-c", SECOND, url]
        answer = subprocess.run(program, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert f"{tmp_path}/databus.db is in use by process {os.getpid()} on " in answer


def test_also_a_second_one_in_this_process(url: str) -> None:
    second = SqlDatabase({"url": url})
    with owned_database(SQL_DB, {"url": url}, serve=False):
        with pytest.raises(StoreOwned):
            second.open()
        second.close()
    second.open()
    second.close()


@pytest.mark.parametrize("is_there", [True, False])
def test_also_one_that_names_the_file_by_a_link(url: str, tmp_path: Path, is_there: bool) -> None:
    if is_there:
        (tmp_path / "databus.db").touch()
    (tmp_path / "link.db").symlink_to("databus.db")
    with owned_database(SQL_DB, {"url": url}, serve=False), pytest.raises(StoreOwned):
        SqlDatabase({"url": f"sqlite:///{tmp_path}/link.db"}).open()


def test_others_work_through_the_process_that_has_it(url: str) -> None:
    with owned_database(SQL_DB, {"url": url}) as first, reached_database(SQL_DB, {"url": url}) as second:
        assert isinstance(first, SqlDatabase)
        assert isinstance(second, RemoteDatabase)
        seat(second, passenger("1"))
        assert found(first) == ["1"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="there is no folder"):
        SqlDatabase({"url": f"sqlite:///{tmp_path}/no/databus.db"}).open()
    assert not (tmp_path / "no").exists()


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="it is no file; name a file"):
        SqlDatabase({"url": f"sqlite:///{tmp_path}"}).open()
    assert not tmp_path.with_name(f"{tmp_path.name}.owner").exists()


def test_a_file_that_may_not_be_written(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def set_up(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA query_only=1")  # root may write any file

    monkeypatch.setattr(engine, "_set_up_sqlite", set_up)
    with pytest.raises(StoreError, match="let the user that runs Databus read and write the file and its folder"):
        SqlDatabase({"url": url}).open()


def test_what_is_not_open_says_so(url: str) -> None:
    database = SqlDatabase({"url": url})
    with pytest.raises(StoreError, match="is not open"):
        database.counts(CLIENT, now=NOW)
    database.close()


@pytest.mark.parametrize("content", [b"no database" * 1000, b"SQLite format 3\0" + b"but no page" * 1000])
def test_a_file_that_is_no_database_is_given_back(tmp_path: Path, url: str, content: bytes) -> None:
    (tmp_path / "databus.db").write_bytes(content)
    with pytest.raises(StoreError, match="something else is in this file"):
        SqlDatabase({"url": url}).open()
    (tmp_path / "databus.db").unlink()
    database = SqlDatabase({"url": url})
    database.open()
    database.close()
