"""Making the tables, and bringing those of an earlier Databus up to date, one process at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, column, inspect, select, table, text
from sqlalchemy import Table as SqlTable
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.schema import CreateSchema

from databus.database.sql_db import driver_errors
from databus.database.sql_db.sql_database_arguments import Target
from databus.database.sql_db.tables import tables_of
from databus.database.sql_db.transactions import Transactions
from databus.errors import NewerSchema, StoreError

if TYPE_CHECKING:  # heavy: loaded when there is something to migrate
    from alembic.config import Config

HEAD = "0003"
"""The newest revision; a test compares it with ``migrations/versions``."""

VERSION_TABLE = "alembic_version"

SCRIPTS = Path(__file__).parent / "migrations"

_LOCK = "databus migration"
_PATIENCE = 120
"""Seconds to wait for another process that migrates."""

_LOCK_TIMEOUT = "55P03"
"""PostgreSQL's code for a lock that was waited for too long."""


def migrate(transactions: Transactions, target: Target) -> None:
    """Make or change the tables so that this Databus can work with them.

    Raises:
        NewerSchema: A newer Databus has changed them.
        StoreError: There are tables of something else, or another process migrates and does not come to an end.
        SQLAlchemyError: The server refuses.
    """
    with transactions.connection(writing=True) as connection:
        if _revision(connection, target) == HEAD:
            return
        with _one_at_a_time(connection, target), connection.begin():
            revision = _revision(connection, target)
            if revision != HEAD:
                _check_known(target, revision) if revision else _check_room(connection, target)
                _upgrade(connection, target.schema)


def revision_of(transactions: Transactions, target: Target) -> str:
    """Return the revision of the tables, empty where there are none; change nothing.

    Raises:
        NewerSchema, StoreError, SQLAlchemyError: As :func:`migrate`.
    """
    with transactions.connection(writing=False) as connection:
        revision = _revision(connection, target)
        _check_known(target, revision) if revision else _check_room(connection, target)
        return revision


def _revision(connection: Connection, target: Target) -> str:
    """Return the revision of the tables; empty where there are none."""
    in_transaction = connection.in_transaction()
    schema = target.schema
    try:
        if not inspect(connection).has_table(VERSION_TABLE, schema=schema):
            return ""
        version_table = table(VERSION_TABLE, column("version_num"), schema=schema)
        revision = str(connection.execute(select(version_table.c.version_num)).scalar() or "")
        # Other programs keep their revisions in a table of this name, too.
        if revision and not inspect(connection).has_table(tables_of(schema).queue_lease.name, schema=schema):
            raise _of_something_else(target, [VERSION_TABLE])
        return revision
    finally:
        if not in_transaction:
            connection.rollback()


def _check_known(target: Target, revision: str) -> None:
    if not any(SCRIPTS.glob(f"versions/{revision}_*.py")):
        raise NewerSchema(
            f"the tables of {target} are of revision {revision}, which a newer Databus has made; this one knows "
            f"revisions up to {HEAD}: update Databus here"
        )


def _check_room(connection: Connection, target: Target) -> None:
    """Raise StoreError where something else has tables of our names."""
    found = inspect(connection)
    there = [
        each for each in tables_of(target.schema).on(connection.dialect.name) if found.has_table(each.name, each.schema)
    ]
    if connection.dialect.name in ("mysql", "mariadb"):  # an upgrade that was interrupted there has left some of ours
        there = [each for each in there if not _is_ours(connection, each)]
    if there:
        raise _of_something_else(target, [each.name for each in there])


def _is_ours(connection: Connection, made: SqlTable) -> bool:
    found = inspect(connection).get_columns(made.name, made.schema)
    return {each["name"] for each in found} == set(made.c.keys())


def _of_something_else(target: Target, tables: Sequence[str]) -> StoreError:
    names = ", ".join(tables)
    return StoreError(
        f"{target} has tables of something else ({names}): give Databus a file, database or schema of its own"
    )


def _upgrade(connection: Connection, schema: str | None) -> None:
    from alembic import command

    if schema is not None:
        _create_schema(connection, schema)
    command.upgrade(alembic_config(schema, connection=connection), HEAD)


def alembic_config(schema: str | None, **of_context: Any) -> "Config":
    """Return Alembic's configuration.

    Args:
        schema: Where the tables are.
        of_context: What ``context.configure`` needs to know more.
    """
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["schema"] = schema
    config.attributes["context"] = {
        "version_table": VERSION_TABLE,
        "version_table_schema": schema,
        "include_schemas": schema is not None,
        **of_context,
    }
    return config


def _create_schema(connection: Connection, schema: str) -> None:
    if not inspect(connection).has_schema(schema):
        connection.execute(CreateSchema(schema))


@contextmanager
def _one_at_a_time(connection: Connection, target: Target) -> Iterator[None]:
    """Hold the server's lock for migrations; it ends with its connection, whatever becomes of this process."""
    take, give_back = _LOCKS.get(connection.dialect.name, ("", ""))
    if not take:  # SQLite's file belongs to one process
        yield
        return
    if not _is_taken(connection, take):
        raise StoreError(
            f"another process is changing the tables of {target} since {_PATIENCE} seconds; look what it does"
        )
    try:
        yield
    finally:
        _give_back(connection, give_back)


def _is_taken(connection: Connection, statement: str) -> bool:
    """Wait for the lock; False where it takes too long."""
    if connection.dialect.name == "postgresql":  # elsewhere the statement itself says how long
        limit = text("SELECT set_config('lock_timeout', :limit, true)")
        connection.execute(limit, {"limit": f"{_PATIENCE}s"})
    try:
        answer = connection.execute(text(statement), _parameters(statement)).scalar()
    except DBAPIError as error:
        if driver_errors.code(error) != _LOCK_TIMEOUT:
            raise
        return False
    connection.commit()
    return answer not in (0, -1, -2, -3)


def _give_back(connection: Connection, statement: str) -> None:
    try:
        connection.execute(text(statement), _parameters(statement))
        connection.commit()
    except SQLAlchemyError:
        connection.invalidate()


def _parameters(statement: str) -> dict[str, object]:
    known = {"name": _LOCK, "seconds": _PATIENCE}
    return {name: value for name, value in known.items() if f":{name}" in statement}


_POSTGRESQL_KEY = "hashtext(CAST(:name AS text))"

_LOCKS = {
    "postgresql": (
        f"SELECT 1 FROM pg_advisory_lock({_POSTGRESQL_KEY})",  # noqa: S608 - our own text
        f"SELECT pg_advisory_unlock({_POSTGRESQL_KEY})",
    ),
    "mysql": ("SELECT GET_LOCK(:name, :seconds)", "SELECT RELEASE_LOCK(:name)"),
    "mariadb": ("SELECT GET_LOCK(:name, :seconds)", "SELECT RELEASE_LOCK(:name)"),
    "mssql": (
        f"""
        SET NOCOUNT ON;
        DECLARE @result int;
        EXEC @result = sp_getapplock
            @Resource = :name, @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = {1000 * _PATIENCE};
        SELECT @result
        """,
        "EXEC sp_releaseapplock @Resource = :name, @LockOwner = 'Session'",
    ),
}
