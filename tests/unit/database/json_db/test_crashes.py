"""What a process that was killed leaves behind, and what becomes of it."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from databus.client.log import MessageType
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import LogQuery, QueueQuery
from databus.errors import NewerSchema, StoreError
from databus.testing.samples import (
    CLIENT,
    NOW,
    binary,
    changed,
    claim,
    content,
    found,
    head,
    kept,
    line,
    load,
    outcome,
    passenger,
    seat,
    text,
)

ROOT = Path(__file__).parents[4]

DYING = """
import os, signal, sys
from databus.database.json_db.json_database import JsonDatabase
from databus.testing.samples import *
database = JsonDatabase({"path": sys.argv[1]})
database.open()
seat(database, passenger("1", attachments=[text("a.txt", "old"), text("b.txt", "b")]), passenger("2"))
one, two = claim(database)
"""
KILLED = "\nos.kill(os.getpid(), signal.SIGKILL)\n"


def _die(path: Path, deeds: str) -> None:
    program = [sys.executable, "-c", DYING + deeds + KILLED, str(path)]
    assert subprocess.run(program, cwd=ROOT, check=False).returncode == -9


def _opened(path: Path) -> JsonDatabase:
    database = JsonDatabase({"path": str(path)})
    database.open()
    return database


def _incomplete(acme: Path) -> bool:
    return '"status": "complete"' not in (acme / "pqueue/id-1/passenger.json").read_text()


def test_outcomes_that_no_file_has_yet(tmp_path: Path, acme: Path) -> None:
    _die(tmp_path, 'database.record([outcome(one, "notify"), outcome(one, "check")], now=NOW)')
    assert _incomplete(acme)
    with closing(_opened(tmp_path)) as database:
        (entry,) = database.load(CLIENT, ["id-1"])
        assert [step.is_complete for step in entry.steps] == [True, True, False]
        assert not _incomplete(acme)
        assert [each.entry.external_id for each in claim(database)] == ["1", "2"]


def test_outcomes_when_the_index_is_lost_after_the_next_start(tmp_path: Path, acme: Path) -> None:
    _die(tmp_path, 'database.record([outcome(one, "check")], now=NOW)')
    with closing(_opened(tmp_path)) as database:
        assert len(found(database)) == 2
    shutil.rmtree(acme / ".databus")
    with closing(_opened(tmp_path)) as database:
        (entry,) = database.load(CLIENT, ["id-1"])
        assert [step.is_complete for step in entry.steps] == [False, True, False]


@pytest.mark.parametrize("moment", ["before the first rename", "after the first rename"])
def test_a_change_of_attachments(tmp_path: Path, acme: Path, moment: str) -> None:
    times = 0 if moment.startswith("before") else 1
    _die(
        tmp_path,
        f"""
import databus.database.json_db.write_behind as behind
real, left = os.rename, [{times}]
def rename(*paths):
    if not left.pop():
        os.kill(os.getpid(), signal.SIGKILL)
    left.append(0)
    real(*paths)
behind.os.rename = rename
database.record([changed(one, text("a.txt", "new"), kept("c.txt", "a.txt"), kept("b.txt"))], now=NOW)
""",
    )
    with closing(_opened(tmp_path)) as database:
        (entry,) = database.load(CLIENT, ["id-1"])
        assert {each.name: content(database, entry, each.name) for each in entry.attachments} == {
            "a.txt": b"new",
            "b.txt": b"b",
            "c.txt": b"old",
        }
    files = sorted(path.name for path in (acme / "pqueue/id-1/attachments").iterdir())
    assert files == ["a.txt", "b.txt", "c.txt"]


def test_a_change_that_was_not_recorded(tmp_path: Path) -> None:
    _die(
        tmp_path,
        """
import databus.database.json_db.recording as recording
recording.sync_change = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
database.record([changed(one, kept("b.txt", "a.txt"), text("a.txt", "new"))], now=NOW)
""",
    )
    with closing(_opened(tmp_path)) as database:
        each = claim(database)[0]
        assert content(database, each, "a.txt") == b"old"
        # What was left behind under these names may be the old contents themselves.
        database.record([changed(each, text("x.txt", "x"), text("y.txt", "y"), kept("a.txt"))], now=NOW)
        assert content(database, each, "a.txt") == b"old"


def test_half_a_seating(tmp_path: Path, acme: Path) -> None:
    _die(
        tmp_path,
        """
import databus.database.json_db.write_behind as behind
behind.sync_file_system = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
seat(database, passenger("3", attachments=[text("a.txt")]))
""",
    )
    with closing(_opened(tmp_path)) as database:
        assert found(database) == ["2", "1"]
        assert not (acme / ".databus/seating").exists()
        assert [each.external_id for each in seat(database, passenger("3"))] == ["3"]


def test_a_seating_that_only_the_index_lacks(tmp_path: Path) -> None:
    _die(
        tmp_path,
        """
import databus.database.json_db.seating as seating
seating.sync_folder = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
seat(database, passenger("3", attachments=[text("a.txt")]), passenger("4"))
""",
    )
    with closing(_opened(tmp_path)) as database:
        assert found(database) == ["4", "3", "2", "1"]
        assert [type(each).__name__ for each in database.seat([passenger("3")])] == ["Duplicate"]


def test_a_purge_that_was_not_finished(tmp_path: Path, acme: Path) -> None:
    _die(
        tmp_path,
        """
import databus.database.json_db.purging as purging
from databus.database.records import QueuePurge, State
purging.sync_folder = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
database.renew([one, two], lease=DAY * 0, now=NOW)
database.purge(QueuePurge(client_id="acme", states=(State.WAITING,), internal_ids=("id-1",)), limit=9, now=NOW)
""",
    )
    with closing(_opened(tmp_path)) as database:
        assert found(database) == ["2"]
        assert not (acme / ".databus/trash").exists()


def test_a_successor_of_a_log_that_never_took_its_place(database: JsonDatabase, acme: Path) -> None:
    database.append_log(head("a"), [line("one")])
    database.close()
    (acme / "log/.databus-new-x.json").write_text("{")
    database.open()
    assert [each.guid for each in database.find_logs(LogQuery(client_id=CLIENT)).items] == ["a"]
    assert len(list((acme / "log").iterdir())) == 1


@pytest.mark.parametrize("harm", ["gone", "garbage", "cut", "holes"])
def test_the_index_is_made_anew(database: JsonDatabase, acme: Path, harm: str) -> None:
    entries = seat(database, *(passenger(str(number)) for number in range(50)))
    database.record([outcome(entries[7], "out")], now=NOW)
    database.append_log(head("a"), [line("one")])
    database.close()
    index = acme / ".databus/index.sqlite3"
    size = index.stat().st_size
    match harm:
        case "gone":
            index.unlink()
        case "garbage":
            index.write_bytes(b"garbage" * 1000)
        case "cut":
            os.truncate(index, size // 2)
        case _:
            with index.open("r+b") as file:
                for place in range(8192, size, 8192):
                    file.seek(place)
                    file.write(b"\xaa" * 4096)
    database.open()
    assert found(database, limit=100) == [str(number) for number in reversed(range(50))]
    assert load(database, entries[7]).steps[2].is_complete
    assert database.read_log(CLIENT, "a")[0].lines == 1
    errors = database.find_logs(LogQuery(client_id=CLIENT, worst=MessageType.error)).items
    assert len(errors) == (0 if harm == "gone" else 1)


def test_an_index_that_breaks_while_it_is_used(database: JsonDatabase, acme: Path) -> None:
    seat(database, *(passenger(str(number)) for number in range(200)))
    database.close()
    database.open()
    query = QueueQuery(client_id=CLIENT, limit=1000)
    assert len(database.find(replace(query, limit=1), now=NOW).items) == 1
    with (acme / ".databus/index.sqlite3").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xaa" * 100 * 4096)
    with pytest.raises(StoreError, match="index"):
        database.find(query, now=NOW)
    assert len(found(database, limit=1000)) == 200


def test_an_index_of_a_newer_databus(database: JsonDatabase, acme: Path) -> None:
    seat(database, passenger("1"))
    database.close()
    with closing(sqlite3.connect(acme / ".databus/index.sqlite3")) as connection:
        connection.execute("PRAGMA user_version=99")
    database.open()
    with pytest.raises(NewerSchema, match="newer Databus"):
        database.counts(CLIENT, now=NOW)


def test_nothing_is_pending_after_a_close(database: JsonDatabase, acme: Path) -> None:
    seat(database, *(passenger(str(number), attachments=[binary("b")]) for number in range(10)))
    claims = claim(database)
    database.record([outcome(each, "check") for each in claims], now=NOW)
    database.renew(claims[:5], lease=timedelta(0), now=NOW)
    database.close()
    with closing(sqlite3.connect(acme / ".databus/index.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM entry WHERE pending IS NOT NULL").fetchone() == (0,)
    assert all('"complete"' in path.read_text() for path in acme.glob("pqueue/*/passenger.json"))
