"""Passengers in tables of revision 0002 are found by parts of their ids and by their errors."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table as SqlTable
from sqlalchemy import select

from databus.database.records import NewEntry
from databus.database.sql_db import migrating
from databus.database.sql_db.engine import make_engine
from databus.database.sql_db.failures import Failures
from databus.database.sql_db.search_indexes import PartIndex
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.sql_database_arguments import target_of
from databus.database.sql_db.tables import Tables
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import NOW, ODD_TEXTS, found, outcome, passenger, seat
from tests.schemas import MARIADB, POSTGRESQL, Arguments, Servers
from tests.unit.database.sql_db.conftest import kill_while_opening
from tests.unit.database.sql_db.sql_server_statements import judge

MIGRATION = import_module("databus.database.sql_db.migrations.versions.0003_ways")

MANY = [passenger(f"Invoice-2026-{number:07}") for number in range(1200)]
"""More than two batches."""

ODD = [
    *(passenger(f"odd {odd} {place}") for place, odd in enumerate(ODD_TEXTS.values())),
    passenger("y" * 600),
    passenger("x"),
]


def _made_before(arguments: Arguments, passengers: Sequence[NewEntry]) -> None:
    """Seat passengers as a Databus of revision 0002 did; every third has an error."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migrating, "HEAD", "0002")
        for kind, name in ((PartIndex, "add"), (Failures, "add"), (Failures, "change")):
            patched.setattr(kind, name, lambda *_: None)
        with _opened(arguments) as database:
            _seat_and_fail(database, passengers)


@contextmanager
def _opened(arguments: Arguments) -> Iterator[SqlDatabase]:
    database = SqlDatabase(arguments)
    database.open()
    yield database
    database.close()


def _seat_and_fail(database: SqlDatabase, passengers: Sequence[NewEntry]) -> None:
    failed = [outcome(each, "out", OutcomeKind.FAILED, error="E") for each in seat(database, *passengers)[::3]]
    assert database.record(failed, now=NOW) == []


def _rows(arguments: Arguments, name: str) -> list[tuple[Any, ...]]:
    engine = make_engine(target_of(arguments))
    tables = Tables(arguments.get("schema"))
    table: SqlTable = getattr(tables, name)
    with engine.connect() as connection:
        there = table in tables.on(engine.dialect.name)
        rows = [tuple(row) for row in connection.execute(select(table))] if there else []
    engine.dispose()
    return sorted(rows)


def _check_migrated(arguments: Arguments, fresh: Arguments, passengers: Sequence[NewEntry]) -> None:
    """Check that passengers are found, and that the tables are as if they had always been there."""
    names = [each.entry.external_id for each in passengers]
    with _opened(arguments) as database:
        assert found(database, error="e", limit=500) == names[::3][::-1]
        assert found(database, search=names[-2]) == [names[-2]]
    with _opened(fresh) as database:
        _seat_and_fail(database, passengers)
    for name in ("queue_error", "queue_part"):
        assert _rows(arguments, name) == _rows(fresh, name)


@pytest.fixture
def fresh(arguments: Arguments, servers: Servers, tmp_path: Path) -> Arguments:
    """The arguments of another database without tables, of the same kind."""
    if "schema" not in arguments:
        return {"url": f"sqlite:///{tmp_path}/fresh.db"}
    return servers[MARIADB if "mariadb" in arguments["url"] else POSTGRESQL].new()


@pytest.mark.parametrize("passengers", [MANY, ODD], ids=["many", "odd"])
def test_all_are_found_afterwards(arguments: Arguments, fresh: Arguments, passengers: Sequence[NewEntry]) -> None:
    _made_before(arguments, passengers)
    _check_migrated(arguments, fresh, passengers)


@pytest.mark.server(MARIADB)
def test_one_that_was_killed_goes_on(servers: Servers) -> None:
    arguments, fresh = servers[MARIADB].new(), servers[MARIADB].new()
    _made_before(arguments, MANY)
    kill_while_opening(arguments, "INSERT", "queue_part")
    assert len({queue_id for queue_id, _ in _rows(arguments, "queue_part")}) == 500, "MariaDB keeps what is done"
    _check_migrated(arguments, fresh, MANY)


def test_sql_server_would_take_the_statements() -> None:
    judge(None, MIGRATION._page("databus", 7), [], {}, {})
    for statement in MIGRATION._errors("databus"):
        judge(None, statement, [], {}, {})
