"""Which driver speaks with which server."""

import sys

import pytest
from sqlalchemy import make_url

from databus.database.sql_db.drivers import DRIVERS
from databus.errors import ConfigError
from tests.unit.test_project import PROJECT


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite", "sqlite+pysqlite"),
        ("postgresql", "postgresql+psycopg"),
        ("postgres", "postgresql+psycopg"),
        ("mariadb", "mariadb+pymysql"),
        ("mysql", "mysql+pymysql"),
        ("mssql", "mssql+mssqlpython"),
        ("mssql+pymssql", "mssql+pymssql"),
    ],
)
def test_each_scheme_has_its_driver(given: str, driver: str) -> None:
    assert DRIVERS[given].prepared(make_url(f"{given}://host/database")).drivername == driver


@pytest.mark.parametrize("name", [name for name, driver in DRIVERS.items() if driver.module])
def test_a_missing_driver_says_what_installs_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = DRIVERS[name]
    monkeypatch.setitem(sys.modules, driver.module, None)  # Python's own way to say that there is none
    with pytest.raises(ConfigError) as caught:
        driver.prepared(make_url(f"{name}://host/database"))
    assert f"run `python -m pip install 'databus[{driver.extra}]'`" in str(caught.value)
    assert driver.extra in PROJECT["project"]["optional-dependencies"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_sql_server_on_this_machine_needs_no_signed_certificate(host: str) -> None:
    url = DRIVERS["mssql"].prepared(make_url(f"mssql://sa@{host}/db"))
    assert url.query == {"TrustServerCertificate": "yes"}


def test_another_machine_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert DRIVERS["mssql"].prepared(make_url("mssql://sa@db.example/db")).query == {}
    own = DRIVERS["mssql"].prepared(make_url("mssql://sa@localhost/db?trustservercertificate=no"))
    assert own.query == {"trustservercertificate": "no"}
