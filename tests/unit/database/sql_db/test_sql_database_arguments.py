"""What names a database."""

from pathlib import Path
from typing import Any

import pytest

from databus.database.opening import make_database
from databus.database.sql_db.sql_database_arguments import target_of
from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.errors import ConfigError

SERVER = {"server": "127.0.0.1,1433", "database": "master", "username": "SA", "password": "se/c:r@t", "schema": "dbus"}


def test_a_ticket_for_sql_server() -> None:
    ticket = DispatcherTicket("databus.database.sql_db.sql_database", SERVER)
    database = make_database(ticket.database_module, ticket.database_arguments)
    assert str(database) == "mssql://SA@127.0.0.1:1433/master (schema dbus)"
    target = target_of(SERVER)
    assert target.url.drivername == "mssql+mssqlpython"
    assert (target.url.host, target.url.port, target.url.password) == ("127.0.0.1", 1433, "se/c:r@t")
    assert target.schema == "dbus"


@pytest.mark.parametrize(
    ("server", "host", "port"), [("db", "db", None), ("db,1500", "db", 1500), ("db:1500", "db", 1500)]
)
def test_names_of_a_sql_server(server: str, host: str, port: int | None) -> None:
    url = target_of({**SERVER, "server": server}).url
    assert (url.host, url.port) == (host, port)


@pytest.mark.parametrize(
    ("url", "schema"),
    [("postgresql://h/d", "databus"), ("mssql://h/d", "databus"), ("mariadb://h/d", None), ("sqlite:////x.db", None)],
)
def test_the_usual_schema(url: str, schema: str | None) -> None:
    assert target_of({"url": url}).schema == schema


@pytest.mark.parametrize("url", ["postgresql://h/d", "mssql://h/d", "mariadb://h"])
def test_a_schema_of_ones_own(url: str) -> None:
    for name in ("mine", "Größe 2", "acme-shop_orders"):
        assert target_of({"url": url, "schema": name}).schema == name


def test_a_sqlite_file_stays_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ada")
    assert target_of({"url": "sqlite:///x.db"}).file == tmp_path / "x.db"
    assert target_of({"url": "sqlite:///~/x.db"}).file == Path("/home/ada/x.db")


@pytest.mark.parametrize("secret", ["password", "options"])
def test_a_name_shows_no_secret(secret: str) -> None:
    shown = str(target_of({"url": f"postgresql://ada:hidden@host:5433/db?{secret}=hidden"}))
    assert shown == "postgresql://ada@host:5433/db (schema databus)"


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({}, ""),
        ({"database": "x"}, ""),
        ({"url": ""}, "url"),
        ({"url": 5}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"url": "oracle://h/d"}, "url"),
        ({"url": "postgresql+asyncpg://h/d"}, "url"),
        ({"url": "postgresql://h:port/d"}, "url"),
        ({"url": "postgresql://u:p@ss@h/d"}, "url"),
        ({"url": "sqlite://"}, "url"),
        ({"url": "sqlite:///:memory:"}, "url"),
        ({"url": "sqlite:///file:x?uri=true"}, "url"),
        ({"url": "sqlite://x/y.db"}, "url"),
        ({"url": "sqlite:////x.db", "schema": "s"}, "schema"),
        ({"url": "mariadb://h"}, "url"),
        ({"url": "mariadb://h", "schema": "a`b"}, "schema"),
        ({"url": "postgresql://h/d", "schema": 'we"ird'}, "schema"),
        ({"url": "postgresql://h/d", "schema": "o'dd"}, "schema"),
        ({"url": "postgresql://h/d", "schema": "blank "}, "schema"),
        ({**SERVER, "schema": "a]b"}, "schema"),
        ({"url": "postgresql://h/d", "schema": "a.b"}, "schema"),
        ({"url": "mariadb://h", "schema": "a.b"}, "schema"),
        ({"url": "postgresql://h/d", "server": "h"}, "server"),
        ({**SERVER, "server": "h,one"}, "server"),
        ({**SERVER, "pasword": "x"}, "pasword"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(arguments: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        target_of(arguments)
    assert [(problem.file, problem.path) for problem in caught.value.problems] == [("database_arguments", path)]
