"""Which Python package speaks with which server, and what to do where it is not installed."""

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from sqlalchemy import URL

from databus.errors import ConfigError, Problem

_OWN_MACHINE = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A way to a server.

    Attributes:
        name: As SQLAlchemy calls dialect and driver together.
        module: The package that must be there; empty for none.
        extra: The extra of Databus that installs it.
    """

    name: str
    module: str = ""
    extra: str = ""
    own_machine: Mapping[str, str] = field(default_factory=dict)
    """Options for a server on this machine, whose certificate nobody has signed."""

    def prepared(self, url: URL) -> URL:
        """Return a URL with this driver, and with what the driver needs to be told.

        Raises:
            ConfigError: The driver is not installed.
        """
        if self.module and find_spec(self.module) is None:
            reason = f"{self.module} is not installed: run `python -m pip install 'databus[{self.extra}]'`"
            raise ConfigError([Problem("database_arguments", "url", reason)])
        options = self.own_machine if url.host in _OWN_MACHINE else {}
        # Names of options are written in any case.
        given = {name.lower() for name in url.query}
        missing = {name: value for name, value in options.items() if name.lower() not in given}
        return url.set(drivername=self.name).update_query_dict(missing)


def choose_odbc_driver() -> None:
    """Let mssql-python use its own driver where Microsoft's ODBC driver, which it carries, lacks a system library.

    The choice is the process's and counts before its first connection. The environment variable
    ``MSSQL_PYTHON_NATIVE_PROVIDER`` goes before it.
    """
    import mssql_python

    try:
        ctypes.CDLL(mssql_python.get_native_provider_info()["driver_path"])
    except OSError:
        setattr(mssql_python, "native_provider", "mssql-odbc")  # noqa: B010 - a property of the module, unknown to mypy


_SQLITE = Driver(name="sqlite+pysqlite")
_POSTGRESQL = Driver(name="postgresql+psycopg", module="psycopg", extra="postgresql")
_MARIADB = Driver(name="mariadb+pymysql", module="pymysql", extra="mariadb")
_MYSQL = Driver(name="mysql+pymysql", module="pymysql", extra="mariadb")
_SQL_SERVER = Driver(
    name="mssql+mssqlpython",
    module="mssql_python",
    extra="sqlserver",
    own_machine={"TrustServerCertificate": "yes"},
)
_PYMSSQL = Driver(name="mssql+pymssql", module="pymssql", extra="sqlserver-pymssql")

DRIVERS = {
    "sqlite": _SQLITE,
    "postgresql": _POSTGRESQL,
    "postgres": _POSTGRESQL,
    "mariadb": _MARIADB,
    "mysql": _MYSQL,
    "mssql": _SQL_SERVER,
    **{driver.name: driver for driver in (_SQLITE, _POSTGRESQL, _MARIADB, _MYSQL, _SQL_SERVER, _PYMSSQL)},
}
"""By the scheme of a URL."""
