"""Making SQLAlchemy's engine for a target: how connections are set up on each server."""

import logging
import socket
import sqlite3
from contextlib import closing
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from databus.database.sql_db import binary_results, packets
from databus.database.sql_db.drivers import choose_odbc_driver
from databus.database.sql_db.sql_database_arguments import Target
from databus.errors import ConfigError, Problem, StoreError

CONNECT_SECONDS = 10
"""A server that does not answer within this time does not answer."""

CONNECTIONS = 10
"""Kept open by one process; as many again are opened when all are busy."""

_SESSION = "SET sql_mode = 'STRICT_ALL_TABLES', group_concat_max_len = 16777216"
"""MariaDB and MySQL may be set to cut silently what does not fit; rows that come as one text need more than 1 MiB."""

_INIT = "init_command"

_ENCODINGS = ("charset", "client_encoding")
"""What a URL may not say: in any other than ours, some texts could not be sent."""

_SQL_ATTR_LOGIN_TIMEOUT = 103
"""ODBC's name for it."""

_IDLE, _INTERVAL, _COUNT, _UNANSWERED = 30, 10, 3, 60_000
"""Without these, a server whose machine is gone is waited for for hours. In seconds, the last in milliseconds."""

_PROBES = {
    "TCP_KEEPIDLE": _IDLE,
    "TCP_KEEPINTVL": _INTERVAL,
    "TCP_KEEPCNT": _COUNT,
    "TCP_USER_TIMEOUT": _UNANSWERED,
}

_CONNECT_ARGUMENTS: dict[str, dict[str, Any]] = {
    "sqlite+pysqlite": {"check_same_thread": False, "timeout": 30},
    "postgresql+psycopg": {
        "connect_timeout": CONNECT_SECONDS,
        "client_encoding": "utf8",
        "keepalives_idle": _IDLE,
        "keepalives_interval": _INTERVAL,
        "keepalives_count": _COUNT,
        "tcp_user_timeout": _UNANSWERED,
    },
    "mariadb+pymysql": {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": CONNECT_SECONDS,  # until it has greeted, see _let_it_think
        "charset": "utf8mb4",
        _INIT: _SESSION,
    },
    "mssql+mssqlpython": {"attrs_before": {_SQL_ATTR_LOGIN_TIMEOUT: CONNECT_SECONDS}},
    "mssql+pymssql": {
        "login_timeout": CONNECT_SECONDS,
        "tds_version": "7.4",  # else it tries older ones, and waits for each
        "charset": "UTF-8",
        "use_datetime2": True,  # else it sends no microseconds
    },
}
_CONNECT_ARGUMENTS["mysql+pymysql"] = _CONNECT_ARGUMENTS["mariadb+pymysql"]


_PLANNING = "-c enable_seqscan=off -c jit=off"
"""For PostgreSQL.

A plan that reads a small table as a whole is kept while that grows: all of the queue was read for each batch of
passengers. All of our statements have an index; what has none would count as so dear that it was compiled.
"""

_WRITTEN = "-c timezone=UTC -c datestyle=ISO"
"""For PostgreSQL: how it writes times, whatever a database or a user of it is set to. psycopg reads no other way."""

_POOL_LOGGER = logging.getLogger("sqlalchemy.pool")

_DURABLE = "databus durable"


def make_engine(target: Target) -> Engine:
    """Return an engine; nothing is connected yet.

    Raises:
        ConfigError: The driver cannot be loaded.
    """
    # Who asked gets an error that says it in one line; without a handler, Python prints the pool's traceback as well.
    if not _POOL_LOGGER.handlers:
        _POOL_LOGGER.addHandler(logging.NullHandler())
    try:
        return _make_engine(target)
    except ImportError as error:  # it is installed, but lacks a library of the system
        reason = f"the driver of {target.url.drivername}:// cannot be loaded: {error}"
        raise ConfigError([Problem("database_arguments", "url", reason)]) from error


def _make_engine(target: Target) -> Engine:
    url = target.url.difference_update_query(_ENCODINGS)
    if url.drivername == "mssql+mssqlpython":
        choose_odbc_driver()
    arguments = {name: value for name, value in _CONNECT_ARGUMENTS[url.drivername].items() if name not in url.query}
    if url.drivername == "postgresql+psycopg":
        arguments["options"] = f"{_PLANNING} {url.query.get('options', '')} {_WRITTEN}"
    engine = create_engine(
        url,
        connect_args=arguments,
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS,
        pool_pre_ping=_has_to_ask(url),
        pool_recycle=1800,
        isolation_level=_isolation(url),
        hide_parameters=True,  # what travels is nobody's business in an error's text
    )
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif url.drivername == "postgresql+psycopg":
        event.listen(engine, "connect", partial(_check_encoding, target))
        binary_results.listen(engine)
    elif url.drivername.endswith("+pymysql"):
        if _INIT in url.query:
            event.listen(engine, "connect", _set_up_session, insert=True)  # SQLAlchemy looks at the session, too
        packets.listen(engine, str(target))
        event.listen(engine, "connect", _notice_a_lost_server)
        if "read_timeout" not in url.query:
            event.listen(engine, "connect", _let_it_think)
    return engine


def _has_to_ask(url: URL) -> bool:
    """Return whether each transaction asks first whether its connection still lives.

    Elsewhere the first statement finds out, and the transaction is tried again on a new connection: asking costs as
    much as the one statement of many a transaction. That SQL Server's drivers say it as surely has not been seen.
    """
    return url.get_backend_name() == "mssql"


def _isolation(url: URL) -> str | None:
    """Return READ COMMITTED for servers: a claim looks again at what others have claimed in the meantime."""
    return None if url.get_backend_name() == "sqlite" else "READ COMMITTED"


def _set_up_sqlite(connection: DBAPIConnection, _: object) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # SQLAlchemy begins transactions, see below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-16000", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _check_encoding(target: Target, connection: DBAPIConnection, _: object) -> None:
    """Refuse a database of PostgreSQL that does not keep every character."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StoreError(
            f"{target} keeps texts in {encoding}, in which characters would be lost: make a database with "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )


def _set_up_session(connection: DBAPIConnection, _: object) -> None:
    """Do what else the driver does, after the command that a URL names: that one must not let texts be cut."""
    with closing(connection.cursor()) as cursor:
        cursor.execute(_SESSION)


def _notice_a_lost_server(connection: DBAPIConnection, _: object) -> None:
    """Do not wait for hours for a server whose machine is gone: PyMySQL asks for probes, but not when they begin."""
    connected: socket.socket = getattr(connection, "_sock")  # noqa: B009 - it has no other way
    if connected.family in (socket.AF_INET, socket.AF_INET6):
        for option, value in _PROBES.items():
            if hasattr(socket, option):  # not every system has all of them
                connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _let_it_think(connection: DBAPIConnection, _: object) -> None:
    """Let a server that has answered take its time; PyMySQL has one timeout for both."""
    setattr(connection, "_read_timeout", None)  # noqa: B010 - it has no other way


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE, so that a writer waits for the one before it here, where nothing is done yet.
    options = connection.get_execution_options()
    if not options.get("writing", False):
        connection.exec_driver_sql("BEGIN")
        return
    durable = options.get("durable", True)
    if connection.info.get(_DURABLE, True) != durable:
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.info[_DURABLE] = durable
    connection.exec_driver_sql("BEGIN IMMEDIATE")
