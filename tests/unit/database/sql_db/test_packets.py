"""MariaDB gets no longer statements than it takes, and what is longer in itself is said to be so."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event

from databus.database.sql_db import packets
from databus.database.sql_db.sql_database import SqlDatabase
from databus.errors import Untakable
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import NOW, load, outcome, passenger, seat
from tests.schemas import MARIADB, Servers

SMALL = 100_000

pytestmark = pytest.mark.server(MARIADB)


@pytest.fixture
def database(servers: Servers) -> Iterator[SqlDatabase]:
    """A database on MariaDB."""
    database = SqlDatabase(servers[MARIADB].emptied())
    database.open()
    yield database
    database.close()


def _packet(database: SqlDatabase) -> int:
    """Return the server's setting, as connections know it."""

    def look(connection: Connection) -> int:
        found: int = connection.info[packets.PACKET]
        assert found == connection.exec_driver_sql("SELECT @@max_allowed_packet").scalar_one()
        return found

    return database._store.transactions.read(look)


@pytest.fixture
def lengths(database: SqlDatabase) -> list[int]:
    """How long each statement is that is sent; the server counts as one that takes less than it does."""
    lengths: list[int] = []

    def measure(*given: Any) -> None:
        _, cursor, statement, parameters, *_ = given
        lengths.append(packets._length(cursor, statement, parameters))

    def shrink(_: object, record: Any) -> None:
        record.info[packets.PACKET] = SMALL

    database._store._engine.dispose()
    event.listen(database._store._engine, "connect", shrink)
    event.listen(database._store._engine, "before_cursor_execute", measure, named=False)
    return lengths


@pytest.mark.parametrize("letter", ["x", '"', "\n", "\N{GRINNING FACE}"])
def test_long_errors_are_recorded_in_several_statements(database: SqlDatabase, lengths: list[int], letter: str) -> None:
    entries = seat(database, *(passenger(str(each)) for each in range(60)))
    errors = [f"{number}{letter * 1500}" for number in range(len(entries))]
    failures = [
        outcome(entry, "check", result=OutcomeKind.FAILED, error=error)
        for entry, error in zip(entries, errors, strict=True)
    ]
    assert database.record(failures, now=NOW) == []
    assert SMALL / 10 < max(lengths) < SMALL
    assert [load(database, entry).steps[1].last_error for entry in entries] == errors


def test_a_document_that_is_too_long_is_not_taken_for_a_server_that_is_gone(database: SqlDatabase) -> None:
    packet = _packet(database)
    with pytest.raises(Untakable, match=rf"longer than the server's max_allowed_packet \({packet}\); set that higher"):
        database.write_document("acme", "config.json", b"x" * packet, expected=None, by="", now=NOW)
    assert database.list_documents("acme") == []
