"""The script makes what the migrations make."""

import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from databus.database.sql_db.creation_script import DIALECTS, FILE, creation_script
from databus.database.sql_db.engine import make_engine
from databus.database.sql_db.migrating import HEAD
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.sql_database_arguments import target_of
from databus.testing.samples import NOW, claim, found, outcome, passenger, seat
from tests.schemas import MARIADB, POSTGRESQL, Arguments, Servers


def test_the_file_is_what_the_migrations_make() -> None:
    assert FILE.read_text(encoding="utf-8") == creation_script("mssql"), "run `make creation-script`"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_stamps_the_revision(dialect: str) -> None:
    *_, last = re.findall(r"alembic_version.* (?:VALUES \(|SET version_num=)'(\d+)'", creation_script(dialect))
    assert last == HEAD


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_changes_no_rows(dialect: str) -> None:
    changing = re.findall(r"(?m)^(?:SELECT|INSERT INTO|UPDATE|DELETE FROM) (\S+)", creation_script(dialect))
    assert {name.rpartition(".")[2] for name in changing} == {"alembic_version"}


def _works_as_it_is(arguments: Arguments) -> None:
    """Open a database whose tables are there, and drive something; nothing may be created."""
    changes: list[str] = []

    def remember(*details: object) -> None:
        statement = str(details[2])
        if statement.lstrip().upper().startswith(("CREATE", "ALTER", "DROP")):
            changes.append(statement)

    database = SqlDatabase(arguments)
    event.listen(Engine, "before_cursor_execute", remember)
    try:
        database.open()
        seat(database, passenger("1"))
        (claimed,) = claim(database)
        assert database.record([outcome(claimed, "notify"), outcome(claimed, "check")], now=NOW) == []
        assert found(database) == ["1"]
    finally:
        event.remove(Engine, "before_cursor_execute", remember)
        database.close()
    assert changes == []


def test_sqlite_made_by_the_script_is_up_to_date(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "databus.db")
    connection.executescript(creation_script("sqlite"))
    connection.close()
    _works_as_it_is({"url": f"sqlite:///{tmp_path}/databus.db"})


@pytest.mark.server(POSTGRESQL)
def test_postgresql_made_by_the_script_is_up_to_date(servers: Servers) -> None:
    arguments = servers[POSTGRESQL].new()
    engine = make_engine(target_of(arguments))
    connection = engine.raw_connection()
    connection.driver_connection.execute(creation_script("postgresql", arguments["schema"]))  # type: ignore[union-attr] # it is there
    connection.close()
    engine.dispose()
    _works_as_it_is(arguments)


@pytest.mark.server(MARIADB)
def test_mariadb_made_by_the_script_is_up_to_date(servers: Servers) -> None:
    arguments = servers[MARIADB].new()
    engine = make_engine(target_of(arguments))
    with engine.connect() as connection:
        for statement in creation_script("mariadb", arguments["schema"]).split(";\n"):
            if re.sub(r"(?m)^--.*$", "", statement).strip():
                connection.exec_driver_sql(statement.replace("%", "%%"))
        connection.commit()
    engine.dispose()
    _works_as_it_is(arguments)
