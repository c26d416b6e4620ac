"""The engines that are measured, each opened on a place of its own."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

from databus.benchmark.workload import Measurement, run_workload
from databus.database.abstract_database import AbstractDatabase
from databus.database.engines import JSON_DB, MEMORY_DB, SQL_DB
from databus.database.opening import make_database, owned_database

WARM_UP = 50

SERVERS = {"postgresql": "DATABUS_TEST_POSTGRESQL_URL", "mariadb": "DATABUS_TEST_MARIADB_URL"}
"""Servers that are measured where an environment variable says where they are."""


def measured() -> list[str]:
    """Return the engines that can be measured here."""
    return ["memory_db", "json_db", *sql_engines()]


def sql_engines() -> list[str]:
    """Return the kinds of sql_db that can be measured here."""
    return ["sqlite", *(name for name, variable in SERVERS.items() if os.environ.get(variable))]


@contextmanager
def fresh(engine: str, parent: Path) -> Iterator[AbstractDatabase]:
    """Open an empty database."""
    with place(engine, parent) as (module, arguments), owned_database(module, arguments, serve=False) as database:
        yield database


@contextmanager
def place(engine: str, parent: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give module and arguments of an empty database, which is gone when the measurement is over."""
    match engine:
        case "memory_db":
            yield MEMORY_DB, {}
        case "json_db":
            yield JSON_DB, {"path": f"{new_folder(parent)}/db"}
        case "sqlite":
            yield SQL_DB, {"url": f"sqlite:///{new_folder(parent)}/databus.db"}
        case _:
            schema = f"bench_{uuid4().hex[:12]}"
            url = os.environ[SERVERS[engine]]
            try:
                yield SQL_DB, {"url": url, "schema": schema}
            finally:
                _drop(url, schema)


def run_to_the_end(engine: str, parent: Path, passengers: int) -> Measurement:
    """Drive so many passengers of workload W on an empty database, and close it.

    The end counts, because json_db writes the last files after the drive is over; what was recorded is durable before.
    """
    with place(engine, parent) as (module, arguments):
        database = make_database(module, arguments)
        database.open()
        run_workload(database, WARM_UP, first=10**9)  # so that imports and first uses do not count
        drive = run_workload(database, passengers)
        began, cpu_began = time.perf_counter(), time.process_time()
        database.close()
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    return Measurement(passengers, drive.seconds + seconds, drive.cpu_seconds + cpu_seconds, drive.peak_mib)


def _drop(url: str, schema: str) -> None:
    from sqlalchemy import text

    from databus.database.sql_db.engine import make_engine
    from databus.database.sql_db.sql_database_arguments import target_of

    engine = make_engine(target_of({"url": url}))
    with engine.begin() as connection:
        cascade = "CASCADE" if engine.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} {cascade}"))
    engine.dispose()


def new_folder(parent: Path) -> Path:
    """Make a folder that stays until the whole measurement is over.

    ext4 does not give away the number of a file deleted in the last minutes, and looks at each of them for every file
    that it makes: what one run deleted would slow the next one down five times.
    """
    return Path(mkdtemp(prefix="databus-bench-", dir=parent))
