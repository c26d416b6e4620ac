"""Every command on SQL databases, started with one argument."""

import json
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from databus.database.sql_db.probing import TablesThere, probe
from databus.database.sql_db.sql_database_arguments import target_of
from tests.integration.cli.conftest import ROUTE, SHOP, Databus, read_until, spawn
from tests.schemas import MARIADB, POSTGRESQL, Servers

SQLITE = "sqlite:///db/databus.db"


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param(POSTGRESQL, marks=pytest.mark.server(POSTGRESQL)),
        pytest.param(MARIADB, marks=pytest.mark.server(MARIADB)),
    ]
)
def url(request: pytest.FixtureRequest, servers: Servers) -> str:
    """The address of an empty database."""
    return SQLITE if request.param == "sqlite" else servers[request.param].database()


@pytest.fixture
def on_sql(url: str, databus: Databus, shop: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A laid out database, named by the environment, with the client shop."""
    monkeypatch.setenv("DATABUS_DATABASE", url)
    assert databus("init").code == 0
    config = json.dumps({**SHOP, "passengers": [{**ROUTE, "sync_frequency": 60}]})
    Path("shop.json").write_text(config, encoding="utf-8")
    assert databus("client", "add", "shop", "--config", "shop.json").code == 0
    return url


def test_init_lays_it_out(url: str, databus: Databus) -> None:
    answer = databus("init", "--database", url)
    assert (answer.code, answer.err) == (0, "")
    assert re.search(r"user root, password \S+", answer.out)
    assert [row[0] for row in databus("client", "list", "--database", url).rows] == ["demo", "files", "root"]
    assert databus("check", "--database", url).code == 0
    assert "nothing was changed" in databus("init", "--database", url).out


@pytest.mark.parametrize("words", [("log", "demo"), ("client", "list"), ("check",), ("drive", "demo", "route")])
def test_who_only_looks_makes_nothing(url: str, databus: Databus, folder: Path, words: tuple[str, ...]) -> None:
    """The database of something else, which was named by mistake."""
    before = b""
    if url == SQLITE:
        (folder / "db").mkdir()
        with closing(sqlite3.connect(folder / "db" / "databus.db")) as other:
            other.execute("CREATE TABLE something (else_ INTEGER)")
        before = (folder / "db" / "databus.db").read_bytes()
    answer = databus(*words, "--database", url)
    assert (answer.code, "there is no Databus in" in answer.err, "`databus init`" in answer.err) == (3, True, True)
    if url == SQLITE:
        assert [each.name for each in (folder / "db").iterdir()] == ["databus.db"]
        assert (folder / "db" / "databus.db").read_bytes() == before
    else:
        assert probe(target_of({"url": url})) is TablesThere.NONE


def test_every_command(on_sql: str, databus: Databus) -> None:
    assert databus("drive", "shop", "--json").objects[0]["pushed"] == 3
    assert len(databus("queue", "shop", "--json").objects) == 3
    assert databus("queue", "shop", "--counts").rows[0][-1] == "3"
    assert len(databus("log", "shop", "--passenger", "document").rows) == 1
    assert databus("status", "shop", "apple", "--step", "deliver", "--incomplete").code == 0
    assert databus("drive", "shop", "--json").objects[0]["pushed"] == 1
    assert len(databus("peek", "shop", "document").rows) == 3
    assert databus("user", "add", "shop", "bob", "--no-password").code == 0
    assert len(databus("user", "list", "shop").rows) == 2
    assert databus("queue", "shop", "--purge", "--yes").out == "purged 3 of 3 entries\n"
    assert databus("client", "remove", "shop", "--yes").code == 0
    assert [row[0] for row in databus("client", "list").rows] == ["demo", "files", "root"]


def test_start_and_other_commands_meanwhile(on_sql: str, databus: Databus) -> None:
    with spawn("start", "--no-web") as process:
        try:
            said = read_until(process.stderr, "3 pushed")
            assert len(databus("queue", "shop").rows) == 3
            assert databus("drive", "shop", "--json").objects[0]["duplicates"] == 3
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
    assert "database: " in said


def test_a_sqlite_file_that_is_not_there_is_not_made(databus: Databus, folder: Path) -> None:
    answer = databus("queue", "demo", "--database", SQLITE)
    assert (answer.code, answer.out) == (3, "")
    assert answer.err == f"databus: there is no database at {folder}/db/databus.db: `databus init` lays one out\n"
    assert not (folder / "db").exists()


def test_a_file_that_is_no_sqlite_database(databus: Databus, folder: Path) -> None:
    (folder / "x.db").write_text("This is no database, but a letter of some length." * 100, encoding="utf-8")
    answer = databus("client", "list", "--database", "sqlite:///x.db")
    assert answer.code == 1
    said, remedy = "file is not a database", "something else is in this file; name another one"
    assert answer.err == f"databus: {folder}/x.db cannot be opened: {said}: {remedy}\n"
    assert [each.name for each in folder.iterdir()] == ["x.db"]
