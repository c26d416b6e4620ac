"""Testing a target says what is there, or what is wrong, and changes nothing."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.engines import SQL_DB
from databus.database.json_db.json_database import JsonDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.opening import make_database
from databus.database.records import CONFIG
from databus.errors import ConfigError
from databus.operating.export_targets import Finding, try_target
from databus.operating.places import Place
from databus.operating.target_places import address_place, engine_place, file_place, folder_place, server_place
from databus.testing.samples import NOW

PASSWORD = "no finding shows this"


@pytest.fixture
def source() -> Iterator[AbstractDatabase]:
    with closing(MemoryDatabase({})) as database:
        database.open()
        yield database


def with_clients(place: Place, *clients: str) -> None:
    with closing(make_database(place.module, place.arguments)) as database:
        database.open()
        for client in clients:
            database.write_document(client, CONFIG, b"{}", expected=None, by="", now=NOW)


def test_what_is_not_there_is_new_and_stays_so(source: AbstractDatabase, tmp_path: Path) -> None:
    for place in (folder_place(f"{tmp_path}/a/b"), file_place(f"{tmp_path}/a/x.db")):
        assert try_target(place, source) == Finding(is_good=True, text="It is new: the export makes it.")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_stays_empty(source: AbstractDatabase, tmp_path: Path) -> None:
    assert try_target(folder_place(str(tmp_path)), source).is_good
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["folder", "x.db"])
def test_the_clients_that_are_there_are_named(source: AbstractDatabase, tmp_path: Path, name: str) -> None:
    place = folder_place(f"{tmp_path}/{name}") if name == "folder" else file_place(f"{tmp_path}/{name}")
    with_clients(place, "acme", "beta")
    assert try_target(place, source).text == "It answers, and has the clients acme, beta already."


def test_a_sqlite_file_of_something_else(source: AbstractDatabase, tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("no database, but a letter of some length" * 100, encoding="utf-8")
    found = try_target(file_place(str(path)), source)
    assert (found.is_good, "name another one" in found.text) == (False, True)


def test_a_path_through_a_file(source: AbstractDatabase, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place in (folder_place(f"{tmp_path}/file"), folder_place(f"{tmp_path}/file/below")):
        found = try_target(place, source)
        assert (found.is_good, "is a file" in found.text) == (False, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(source: AbstractDatabase, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert not try_target(folder_place(str(tmp_path)), source).is_good


def test_the_exported_database_is_no_target(tmp_path: Path) -> None:
    with closing(JsonDatabase({"path": str(tmp_path)})) as database:
        database.open()
        found = try_target(folder_place(str(tmp_path)), database)
    assert (found.is_good, "name another one" in found.text) == (False, True)


@pytest.mark.parametrize("url", ["postgresql://ada@127.0.0.1:1/d", "mariadb://ada@127.0.0.1:1/d"])
def test_a_server_that_does_not_answer(source: AbstractDatabase, url: str) -> None:
    found = try_target(server_place(url, password=PASSWORD), source)
    assert not found.is_good
    assert "127.0.0.1" in found.text
    assert PASSWORD not in found.text


def test_what_does_not_answer_in_time_is_given_up(source: AbstractDatabase) -> None:
    hanging = engine_place("tests.unit.operating.hanging_engine", "{}")
    found = try_target(hanging, source, patience=0.1)
    assert found == Finding(is_good=False, text="It does not answer within 0 seconds.")


def test_what_an_engine_says_is_told_without_its_arguments(source: AbstractDatabase) -> None:
    telling = engine_place("tests.unit.operating.telling_engine", f'{{"login": [{{"password": "{PASSWORD}"}}]}}')
    found = try_target(telling, source)
    assert (found.is_good, found.text) == (False, "I was given {'login': [{'password': '***'}]}")


def test_an_engine_of_ones_own(source: AbstractDatabase, tmp_path: Path) -> None:
    own = engine_place("databus.database.memory_db.memory_database", "{}")
    other = JsonDatabase({"path": str(tmp_path)})
    assert try_target(own, other).text == "It answers, and has no clients yet."
    absent = engine_place("no.such.engine", f'{{"password": "{PASSWORD}"}}')
    found = try_target(absent, source)
    assert (found.is_good, "no.such.engine cannot be imported" in found.text) == (False, True)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: folder_place("here"), "from the root"),
        (lambda: folder_place(""), "from the root"),
        (lambda: file_place("a.db"), "from the root"),
        (lambda: server_place("oracle://h/d"), "postgresql://"),
        (lambda: server_place(f"postgresql://u:{PASSWORD}@h:port/d"), "no URL"),
        (lambda: server_place("mariadb://u@h"), "names no database"),
        (lambda: engine_place("not a module", ""), "dotted name"),
        (lambda: engine_place("a.b", f'{{"{PASSWORD}'), "no JSON"),
        (lambda: engine_place("a.b", "[]"), "JSON object"),
        (lambda: engine_place("databus.database.json_db.json_database", "{}"), "json_db needs"),
        (lambda: address_place("json:here"), "from the root"),
        (lambda: address_place(f"oracle://u:{PASSWORD}@h/d"), "is no database"),
    ],
)
def test_what_can_be_no_target(make: object, said: str) -> None:
    assert callable(make)
    with pytest.raises(ConfigError) as caught:
        make()
    assert said in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_password_beside_the_url_counts() -> None:
    place = server_place("postgresql://ada:old@h/d?sslmode=require", password="new@/:", schema="s")
    assert place.sql_target().url.password == "new@/:"
    assert place.secrets() == {"new@/:", "require"}
    assert str(place) == "postgresql://ada@h/d (schema s)"
    assert place.module == SQL_DB
