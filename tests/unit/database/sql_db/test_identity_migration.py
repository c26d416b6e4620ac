"""Tables of revision 0001, with passengers in them, become those of today; every passenger is recognized."""

from collections.abc import Sequence
from hashlib import blake2b
from importlib import import_module
from typing import Any

import orjson
import pytest
from sqlalchemy import inspect, select

from databus.database.records import Duplicate, Entry, NewEntry
from databus.database.sql_db import exact_text, migrating, seating
from databus.database.sql_db.identities import identity
from databus.database.sql_db.search_indexes import PartIndex
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.sql_database_arguments import target_of
from databus.database.sql_db.tables import Tables
from databus.testing.samples import ODD_TEXTS, passenger
from tests.schemas import MARIADB, Arguments, Servers
from tests.unit.database.sql_db.conftest import at_once, connected, kill_while_opening
from tests.unit.database.sql_db.sql_server_statements import judge

HASH = 16

LONG = "漢字" * 150

MANY = [passenger(str(number)) for number in range(1200)]
"""More than two batches."""

ODD = [
    *(passenger(odd, internal_id=f"external {place}") for place, odd in enumerate(ODD_TEXTS.values()) if odd),
    *(passenger(source_system=odd, internal_id=f"source {place}") for place, odd in enumerate(ODD_TEXTS.values())),
    passenger("x" * 48),
    passenger("x" * 49),
    passenger("x" * 48 + "y"),
    passenger("renamed", seated_as=("shop", "before")),
    passenger("renamed oddly", seated_as=("shop\0", "\ud800 ")),
    passenger("elsewhere", client_id=LONG),
    passenger("elsewhere", client_id=LONG + "!", internal_id="as long as the other"),
    passenger("of a long type", passenger_module=LONG),
    passenger("of a long client and type", client_id="\ud800" * 90, passenger_module="p " * 99),
]

OPENED = """
import json, sys
from databus.database.sql_db.sql_database import SqlDatabase
database = SqlDatabase(json.loads(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
database.open()
database.close()
print("done")
"""


def _hash(entry: Entry) -> bytes:
    """Return an identity of before."""
    parts = [exact_text.write(each) for each in (entry.client_id, entry.passenger_module, *entry.seated_as)]
    return blake2b(orjson.dumps(parts), digest_size=HASH).digest()


def _made_before(arguments: Arguments, passengers: Sequence[NewEntry]) -> None:
    """Seat passengers as a Databus of revision 0001 did."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migrating, "HEAD", "0001")
        patched.setattr(seating, "_identity", _hash)
        patched.setattr(PartIndex, "add", lambda *_: None)  # there was no such table
        _seat(arguments, passengers)
    assert _revision(arguments) == "0001"
    assert _identities(arguments) == sorted(_hash(each.entry) for each in passengers)


def _seat(arguments: Arguments, passengers: Sequence[NewEntry]) -> list[Any]:
    database = SqlDatabase(arguments)
    database.open()
    results = database.seat(passengers)
    database.close()
    return results


def _revision(arguments: Arguments) -> str:
    with connected(arguments) as connection:
        return migrating._revision(connection, target_of(arguments))


def _identities(arguments: Arguments) -> list[bytes]:
    with connected(arguments) as connection:
        return sorted(connection.execute(select(Tables(arguments.get("schema")).queue.c.identity)).scalars())


def _check_migrated(arguments: Arguments, passengers: Sequence[NewEntry]) -> None:
    """Check that all are recognized, and that the column is what it is in new tables."""
    assert _seat(arguments, passengers) == [Duplicate(internal_id=each.entry.internal_id) for each in passengers]
    assert _revision(arguments) == migrating.HEAD
    entries = [each.entry for each in passengers]
    written = [identity(each.client_id, each.passenger_module, each.seated_as) for each in entries]
    assert _identities(arguments) == sorted(written)
    schema = arguments.get("schema")
    queue = Tables(schema).queue
    with connected(arguments) as connection:
        found = inspect(connection)
        (index,) = [each for each in found.get_indexes("queue", schema) if each["name"] == "queue_identity"]
        assert (index["column_names"], bool(index["unique"])) == (["identity"], True)
        (column,) = [each for each in found.get_columns("queue", schema) if each["name"] == "identity"]
        assert not column["nullable"]
        if schema:
            assert column["comment"] == queue.c.identity.comment
            kind = queue.c.identity.type.compile(connection.dialect)
            assert column["type"].compile(connection.dialect) == kind


def test_all_are_recognized_afterwards(arguments: Arguments) -> None:
    _made_before(arguments, ODD)
    _check_migrated(arguments, ODD)


def test_passengers_whose_ids_were_given_later_are_recognized(arguments: Arguments) -> None:
    """What counts is what they were seated as: of an id that was given away, there may be a new one."""
    renamed = [passenger("new", seated_as=("shop", "old")), passenger("old", seated_as=("shop", "older"))]
    _made_before(arguments, renamed)
    _check_migrated(arguments, renamed)


def test_tables_without_passengers(arguments: Arguments) -> None:
    _made_before(arguments, [])
    _check_migrated(arguments, [])


def test_one_that_was_killed_goes_on(arguments: Arguments) -> None:
    _made_before(arguments, MANY)
    kill_while_opening(arguments, "UPDATE", "identity")
    old = sum(len(each) == HASH for each in _identities(arguments))
    assert old == (700 if "mariadb" in arguments["url"] else 1200), "MariaDB keeps what is done; others undo all"
    assert _revision(arguments) == "0001"
    _check_migrated(arguments, MANY)


def test_two_processes_at_once(server_arguments: Arguments) -> None:
    _made_before(server_arguments, MANY)
    assert at_once(OPENED, server_arguments, processes=2) == [("done\n", "")] * 2
    _check_migrated(server_arguments, MANY)


@pytest.mark.server(MARIADB)
def test_an_old_process_that_seats_meanwhile_stops_no_migration(servers: Servers) -> None:
    arguments = servers[MARIADB].new()
    _seat(arguments, MANY[:5])
    again = [passenger(str(number), internal_id=f"again {number}") for number in (3, 4, 7)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(seating, "_identity", _hash)
        _seat(arguments, again)
    with connected(arguments) as connection:
        connection.exec_driver_sql(f"UPDATE {arguments['schema']}.{migrating.VERSION_TABLE} SET version_num = '0001'")
    assert _seat(arguments, MANY[:5]) == [Duplicate(internal_id=each.entry.internal_id) for each in MANY[:5]]
    assert _seat(arguments, [MANY[7]]) == [Duplicate(internal_id="again 7")]
    assert _revision(arguments) == migrating.HEAD


def test_sql_server_would_take_the_statements() -> None:
    migration = import_module("databus.database.sql_db.migrations.versions.0002_identities")
    queue = migration._queue("databus")
    judge(None, migration._page(queue, 7), [], {}, {})
    judge(None, migration._change(queue), [{"row": 1, "changed": b"x"}], {}, {})
