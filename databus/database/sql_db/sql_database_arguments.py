"""What a sql_db is started with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from databus.database.sql_db.drivers import DRIVERS
from databus.errors import ConfigError, Problem

DEFAULT_SCHEMA = "databus"

SCHEMA_NAMES = "a name has letters, digits, '_', '$' and '-', and blanks only within"
"""What ``is_schema_name`` asks for."""


class SqlDatabaseArguments:
    """The keys of the arguments.

    Either a SQL Server by ``server`` (``host,port`` as SQL Server writes it, or ``host:port``), ``database``,
    ``username`` and ``password``, or any server by its ``url``; ``schema`` with both.
    """

    KEY_SERVER = "server"
    KEY_DATABASE = "database"
    KEY_USERNAME = "username"
    KEY_PASSWORD = "password"  # noqa: S105 - the name of an argument, not a password
    KEY_SCHEMA = "schema"
    KEY_URL = "url"


_OF_SQL_SERVER = (
    SqlDatabaseArguments.KEY_SERVER,
    SqlDatabaseArguments.KEY_DATABASE,
    SqlDatabaseArguments.KEY_USERNAME,
    SqlDatabaseArguments.KEY_PASSWORD,
)
_KNOWN = (*_OF_SQL_SERVER, SqlDatabaseArguments.KEY_SCHEMA, SqlDatabaseArguments.KEY_URL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which database is meant.

    Attributes:
        url: With the driver that is to be used.
        schema: Where its tables are; None for SQLite, and for the database of the url on MariaDB and MySQL.
    """

    url: URL
    schema: str | None

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database, absolute; None for servers."""
        return Path(str(self.url.database)) if self.url.get_backend_name() == "sqlite" else None

    def __str__(self) -> str:
        if self.file:
            return str(self.file)
        url = self.url
        shown = URL.create(
            url.get_backend_name(), username=url.username, host=url.host, port=url.port, database=url.database
        )
        # Neither the password nor options, which may hold one.
        return shown.render_as_string() + (f" (schema {self.schema})" if self.schema else "")


def target_of(arguments: Mapping[str, Any]) -> Target:
    """Return which database the arguments name.

    Raises:
        ConfigError: An argument is unknown, missing or wrong.
    """
    problems = [
        Problem("database_arguments", name, f"sql_db does not know it; it takes {', '.join(_KNOWN)}")
        for name in arguments
        if name not in _KNOWN
    ]
    problems += [
        Problem("database_arguments", name, "expected a text that is not empty")
        for name in _KNOWN
        if name in arguments and (not isinstance(arguments[name], str) or not arguments[name])
    ]
    if problems:
        raise ConfigError(problems)
    url = _url(arguments)
    return Target(url=url, schema=_schema(arguments, url))


def _url(arguments: Mapping[str, Any]) -> URL:
    given = [name for name in _OF_SQL_SERVER if name in arguments]
    if SqlDatabaseArguments.KEY_URL in arguments:
        if given:
            raise _wrong(given[0], "it goes with server; give either url, or server with database and the rest")
        return _parsed(str(arguments[SqlDatabaseArguments.KEY_URL]))
    if SqlDatabaseArguments.KEY_SERVER not in arguments:
        raise _wrong("", 'sql_db needs "url", or "server" with "database", "username" and "password"')
    return _of_sql_server(arguments)


def _of_sql_server(arguments: Mapping[str, Any]) -> URL:
    host, _, port = str(arguments[SqlDatabaseArguments.KEY_SERVER]).replace(":", ",", 1).partition(",")
    if port and not port.strip().isdigit():
        raise _wrong(SqlDatabaseArguments.KEY_SERVER, "expected host, or host,port such as 127.0.0.1,1433")
    return _with_driver(
        URL.create(
            "mssql",
            username=arguments.get(SqlDatabaseArguments.KEY_USERNAME),
            password=arguments.get(SqlDatabaseArguments.KEY_PASSWORD),
            host=host.strip(),
            port=int(port) if port else None,
            database=arguments.get(SqlDatabaseArguments.KEY_DATABASE),
        )
    )


def _parsed(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        # The text itself may hold a password: it is not repeated.
        raise _wrong("url", "this is no URL such as postgresql://user:password@host/database") from error
    if "@" in (url.host or ""):  # what stands before it may be a part of the password
        raise _wrong("url", "write an @ of the password as %40")
    return _with_driver(_of_sqlite(url) if url.get_backend_name() == "sqlite" else url)


def _of_sqlite(url: URL) -> URL:
    """Return the URL with an absolute path: the working directory may change."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise _wrong("url", "a SQLite database needs a file, such as sqlite:///data/databus.db")
    if url.host:
        raise _wrong(
            "url", "a path stands after three slashes: sqlite:///data/databus.db, or four if it begins with one"
        )
    try:
        return url.set(database=str(Path(url.database).expanduser().absolute()))
    except RuntimeError as error:  # what follows ~ is nobody's name
        raise _wrong("url", str(error)) from error


def _with_driver(url: URL) -> URL:
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        known = ", ".join(f"{each}://" for each in DRIVERS)
        raise _wrong("url", f"sql_db cannot work with {url.drivername}://; it can with {known}")
    return driver.prepared(url)


def is_schema_name(name: str) -> bool:
    """Whether a schema may be called so: with letters, digits, ``_``, ``$``, ``-`` and blanks within.

    SQLAlchemy and Alembic take a point for the end of a database's name, each in other places.
    """
    return re.fullmatch(r"[\w$](?:[\w $-]*[\w$])?", name) is not None


def _schema(arguments: Mapping[str, Any], url: URL) -> str | None:
    given = arguments.get(SqlDatabaseArguments.KEY_SCHEMA)
    if given and not is_schema_name(given):
        raise _wrong("schema", f"{given!r} cannot be one: {SCHEMA_NAMES}")
    match url.get_backend_name():
        case "sqlite":
            if given:
                raise _wrong("schema", "SQLite has no schemas: leave it out")
            return None
        case "postgresql" | "mssql":
            return str(given or DEFAULT_SCHEMA)
        case _:  # a schema of MariaDB and MySQL is a database
            if not given and not url.database:
                raise _wrong(
                    "url", "it names no database: write one behind the host, as in mariadb://user@host/databus"
                )
            return given


def _wrong(name: str, reason: str) -> ConfigError:
    return ConfigError([Problem("database_arguments", name, reason)])
