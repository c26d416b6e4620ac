"""The tables are made once, by whoever comes first, and are what the statements are made of."""

import re
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.schema import CreateSchema

from databus.database.sql_db import migrating
from databus.database.sql_db.migrating import HEAD, VERSION_TABLE, alembic_config
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.tables import Tables
from databus.errors import NewerSchema, StoreError
from tests.schemas import Arguments
from tests.unit.database.sql_db.conftest import at_once, connected

OPENED = """
import json, sys
from databus.database.sql_db.sql_database import SqlDatabase
database = SqlDatabase(json.loads(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
database.open()
print(sorted(database.clients()))
database.close()
"""


def _version_table(arguments: Arguments) -> str:
    return f"{arguments['schema']}.{VERSION_TABLE}" if "schema" in arguments else VERSION_TABLE


def _search_index(name: str | None, kind: str) -> bool:
    """Whether something belongs to searching, which no table of ours describes."""
    return (name or "").startswith("queue_words") or (kind == "index" and name == "queue_external")


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(alembic_config(None)).get_current_head() == HEAD


def test_the_tables_are_those_that_statements_are_made_of(database: SqlDatabase, arguments: Arguments) -> None:
    schema = arguments.get("schema")
    tables = Tables(schema)

    def is_ours(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
        dialect = context.dialect.name
        belongs = kind != "table" or (thing.schema == schema and (reflected or thing in tables.on(dialect)))
        return belongs and name != VERSION_TABLE and not _search_index(name, kind)

    options = {
        "include_schemas": schema is not None,
        "include_name": lambda name, kind, parents: kind != "schema" or name == schema,
        "include_object": is_ours,
        "version_table_schema": schema,
    }
    with connected(arguments) as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []


def test_tables_and_columns_are_explained(server_arguments: Arguments) -> None:
    database = SqlDatabase(server_arguments)
    database.open()
    database.close()
    with connected(server_arguments) as connection:
        found = inspect(connection)
        for table in Tables(server_arguments["schema"]).on(connection.dialect.name):
            assert found.get_table_comment(table.name, schema=table.schema)["text"] == table.comment
            comments = {column["name"]: column["comment"] for column in found.get_columns(table.name, table.schema)}
            assert comments == {column.name: column.comment for column in table.c}


def test_a_newer_schema_is_refused(database: SqlDatabase, arguments: Arguments) -> None:
    database.close()
    with connected(arguments) as connection:
        connection.execute(text(f"UPDATE {_version_table(arguments)} SET version_num = '9999'"))
    with pytest.raises(NewerSchema, match=r"9999, which a newer Databus has made; .*update Databus here") as caught:
        database.open()
    assert str(database) in str(caught.value)


OF_SOMETHING_ELSE = {
    "client": "CREATE TABLE {}client (id INTEGER PRIMARY KEY, name VARCHAR(20))",
    "queue": "CREATE TABLE {}queue (id INTEGER PRIMARY KEY)",
    VERSION_TABLE: "CREATE TABLE {}alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
}


@pytest.mark.parametrize("name", OF_SOMETHING_ELSE)
def test_tables_of_something_else_are_left_alone(arguments: Arguments, name: str) -> None:
    with connected(arguments) as connection:
        schema = arguments.get("schema")
        if schema:
            connection.execute(CreateSchema(schema))
        place = f"{schema}." if schema else ""
        connection.execute(text(OF_SOMETHING_ELSE[name].format(place)))
        if name == VERSION_TABLE:
            connection.execute(text(f"INSERT INTO {place}{VERSION_TABLE} VALUES ('{HEAD}')"))
    database = SqlDatabase(arguments)
    with pytest.raises(StoreError) as caught:
        database.open()
    assert str(caught.value) == (
        f"{database} has tables of something else ({name}): give Databus a file, database or schema of its own"
    )
    with connected(arguments) as connection:
        assert inspect(connection).get_table_names(schema=schema) == [name]


def test_a_migration_that_does_not_end_is_not_waited_for_for_ever(
    server_arguments: Arguments, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = SqlDatabase(server_arguments)
    with connected(server_arguments) as connection, monkeypatch.context() as patched:
        take, _ = migrating._LOCKS[connection.dialect.name]
        assert connection.execute(text(take), migrating._parameters(take)).scalar() == 1
        patched.setattr(migrating, "_PATIENCE", 0.01)
        with pytest.raises(StoreError, match=re.escape(f"another process is changing the tables of {database} since")):
            database.open()
    database.open()  # with patience, as above: the lock is the server's, and another test may migrate in this moment
    database.close()


def test_four_processes_that_start_at_once_do_not_collide(server_arguments: Arguments) -> None:
    assert at_once(OPENED, server_arguments, processes=4) == [("[]\n", "")] * 4


def test_a_migration_that_was_interrupted_goes_on(server_arguments: Arguments) -> None:
    """MariaDB keeps the tables that were made; PostgreSQL undoes all. Both end complete."""
    database = SqlDatabase(server_arguments)
    database.open()
    database.close()
    with connected(server_arguments) as connection:
        connection.execute(text(f"DROP TABLE {_version_table(server_arguments)}"))
        if connection.dialect.name == "postgresql":  # as it was before
            connection.execute(text(f"DROP SCHEMA {server_arguments['schema']} CASCADE"))
        else:
            connection.execute(text(f"DROP TABLE {server_arguments['schema']}.counter"))
            connection.execute(text(f"DROP INDEX queue_client ON {server_arguments['schema']}.queue"))
    database.open()
    assert database.clients() == {}
    database.close()
