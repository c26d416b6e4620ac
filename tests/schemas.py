"""Schemas on the servers that tests use: each test's database is empty, none stays behind."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, inspect, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema, DropSchema

from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.sql_database_arguments import target_of
from databus.database.sql_db.tables import tables_of

POSTGRESQL = "DATABUS_TEST_POSTGRESQL_URL"
MARIADB = "DATABUS_TEST_MARIADB_URL"
MSSQL = "DATABUS_TEST_MSSQL_URL"

_PATIENCE = {"postgresql": "SET lock_timeout = '5s'", "mssql": "SET LOCK_TIMEOUT 5000"}
_FOR_MARIADB = "SET innodb_lock_wait_timeout = 5, lock_wait_timeout = 5"

Arguments = dict[str, str]


class Schemas:
    """Schemas of one server; a schema of MariaDB is a database.

    Making all tables anew for each test would take most of the tests' time, so there is one whose tables are emptied.

    Args:
        url: The server, with a database that is there.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine: Engine = create_engine(target_of({"url": url, "schema": "x"}).url, isolation_level="AUTOCOMMIT")
        self._names: list[str] = []
        self._databases: list[str] = []
        self._emptied: Arguments | None = None

    def new(self) -> Arguments:
        """Return arguments for a schema that is not there yet."""
        self._names.append(f"t{uuid4().hex[:20]}")
        return {"url": self.url, "schema": self._names[-1]}

    def emptied(self) -> Arguments:
        """Return arguments for a schema with all tables, which are empty."""
        if self._emptied is not None and self._empty(self._emptied["schema"]):
            return self._emptied
        self._emptied = self.new()
        database = SqlDatabase(self._emptied)
        database.open()
        database.close()
        return self._emptied

    def _empty(self, schema: str) -> bool:
        """Delete all rows; False where a test that failed left them locked."""
        try:
            with self._engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
                _lose_patience(connection)
                for table in tables_of(schema).on(connection.dialect.name):
                    connection.execute(table.delete())
        except DBAPIError:
            return False
        return True

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection that commits each statement."""
        with self._engine.connect() as connection:
            _lose_patience(connection)
            yield connection

    def create(self) -> Arguments:
        """Make an empty schema; return arguments for it."""
        arguments = self.new()
        with self.connection() as connection:
            connection.execute(CreateSchema(arguments["schema"]))
        return arguments

    def database(self, how: str = "") -> str:
        """Make an empty database, as the rest of a statement says it; return its address."""
        self._databases.append(f"t{uuid4().hex[:20]}")
        with self.connection() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {self._databases[-1]} {how}")
        return make_url(self.url).set(database=self._databases[-1]).render_as_string(hide_password=False)

    def close(self) -> None:
        """Drop everything."""
        with self.connection() as connection:
            for name in filter(inspect(connection).has_schema, self._names):
                _drop(connection, name)
            for name in self._databases:
                connection.exec_driver_sql(f"DROP DATABASE {name}")
        self._engine.dispose()


def _lose_patience(connection: Connection) -> None:
    """Do not wait for ever for what a test has locked."""
    connection.exec_driver_sql(_PATIENCE.get(connection.dialect.name, _FOR_MARIADB))


def _tables(connection: Connection, schema: str) -> list[Table]:
    metadata = MetaData(schema=schema)
    metadata.reflect(connection)
    return metadata.sorted_tables


def _drop(connection: Connection, schema: str) -> None:
    if connection.dialect.name == "mssql":  # it drops no schema that has tables
        for table in _tables(connection, schema):
            table.drop(connection)
    connection.execute(DropSchema(schema, cascade=connection.dialect.name == "postgresql"))


class Servers:
    """The servers by the names of their variables, each connected when it is first asked for."""

    def __init__(self) -> None:
        self._schemas: dict[str, Schemas] = {}

    def __getitem__(self, variable: str) -> Schemas:
        if variable not in self._schemas:
            self._schemas[variable] = Schemas(os.environ[variable])
        return self._schemas[variable]

    def close(self) -> None:
        """Drop everything."""
        for schemas in self._schemas.values():
            schemas.close()
