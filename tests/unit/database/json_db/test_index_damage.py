"""A damaged page of the index, wherever it is met, costs one call at most: the index is made anew from the files."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from databus.client.log import MessageType
from databus.database.json_db import rescue
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import LogQuery, State
from databus.errors import StoreError
from databus.testing.samples import CLIENT, claim, content, found, head, line, load, outcome, passenger, seat
from tests.unit.database.json_db.index_harm import harm_middle, harm_root, index_of

ROOT = Path(__file__).parents[4]

Use = Callable[[JsonDatabase], object]

USES: dict[str, Use] = {
    "entry_due": claim,
    "entry_state": lambda database: found(database, states=(State.WAITING,)),
    "entry_identity": lambda database: database.seat([passenger("new")]),
    "entry_internal": lambda database: database.seat([passenger("new")]),
    "tally": lambda database: database.seat([passenger("new")]),
    "words_data": lambda database: database.seat([passenger("new")]),
    "meta": lambda database: database.seat([passenger("new")]),
}
"""Who meets damage to which part."""

RECORDING = """
import os, signal, sys
from databus.database.json_db.json_database import JsonDatabase
from databus.testing.samples import *
database = JsonDatabase({"path": sys.argv[1]})
database.open()
seat(database, *(passenger(f"{number:03}", attachments=[text("a", "old")]) for number in range(300)))
claims = claim(database)
database._stores._slots[CLIENT].store.behind.write = lambda *_: None
database.record([outcome(each, "check") for each in claims[1:]], now=NOW)
database.record([changed(claims[0], text("a", "new"))], now=NOW)
os.kill(os.getpid(), signal.SIGKILL)
"""
"""Dies when outcomes are recorded that no file has yet."""


@pytest.fixture
def recorded(tmp_path: Path) -> JsonDatabase:
    """A database, not open, in which only the index has the outcomes of 300 passengers."""
    program = [sys.executable, "-c", RECORDING, str(tmp_path)]
    assert subprocess.run(program, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    return JsonDatabase({"path": str(tmp_path)})


def _checked(database: JsonDatabase) -> list[str]:
    entries = database.load(CLIENT, [f"id-{number:03}" for number in range(300)])
    assert len(entries) == 300
    return [entry.external_id for entry in entries if entry.steps[1].is_complete]


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("is_restarted", [False, True], ids=["in one life", "after a restart"])
def test_a_page_that_opening_does_not_look_at(
    database: JsonDatabase, acme: Path, name: str, is_restarted: bool
) -> None:
    entries = seat(database, *(passenger(str(number)) for number in range(20)))
    database.record([outcome(entries[7], "out")], now=entries[7].pull_datetime)
    database.append_log(head("a"), [line("one")])
    database.close()
    harm_root(acme, name)
    database.open()
    with pytest.raises(StoreError, match="index"):
        USES[name](database)
    if is_restarted:
        database.close()
        database.open()
    USES[name](database)
    assert {str(number) for number in range(20)} <= set(found(database, limit=100))
    assert load(database, entries[7]).steps[2].is_complete
    assert [each.guid for each in database.find_logs(LogQuery(client_id=CLIENT, of_drives=True)).items] == ["a"]


def test_it_is_told_once(database: JsonDatabase, acme: Path) -> None:
    seat(database, passenger("1"))
    database.close()
    harm_root(acme, "entry_due")
    database.open()
    with pytest.raises(StoreError, match="malformed"):
        claim(database)
    for _ in range(2):
        assert len(claim(database)) == 1
        database.close()
        database.open()
    (error,) = database.find_logs(LogQuery(client_id=CLIENT, worst=MessageType.error)).items
    assert "malformed" in database.read_log(CLIENT, error.guid)[1][0].message
    assert sorted(path.name for path in index_of(acme).parent.glob("index*damaged")) == ["index.sqlite3.damaged"]


def test_outcomes_that_no_file_has_yet(recorded: JsonDatabase, acme: Path) -> None:
    harm_root(acme, "entry_lease")
    with closing(recorded):
        recorded.open()
        assert len(_checked(recorded)) == 300
        # Its plug-in has changed the attachment, and is not run again.
        (first,) = recorded.load(CLIENT, ["id-000"])
        assert content(recorded, first, "a") == b"new"
    assert os.listdir(acme / "pqueue/id-000/attachments") == ["a"]


def test_a_page_with_outcomes_costs_those_on_it(recorded: JsonDatabase, acme: Path) -> None:
    harm_middle(acme, "entry")
    with closing(recorded):
        recorded.open()
        checked = _checked(recorded)
    assert len(checked) > 250
    assert (checked[0], checked[-1]) == ("000", "299")


def test_outcomes_wait_in_the_damaged_index_for_room(
    recorded: JsonDatabase, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: str, *_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    harm_root(acme, "entry_lease")
    with closing(recorded):
        recorded.open()
        with monkeypatch.context() as patched:
            patched.setattr(rescue, "replace_file", full)
            with pytest.raises(StoreError, match="The disk is full"):
                found(recorded)
        assert len(_checked(recorded)) == 300
