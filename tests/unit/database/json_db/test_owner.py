"""One process at a time owns a json_db."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from databus.database.json_db.json_database import JsonDatabase
from databus.errors import ConfigError, StoreError, StoreOwned
from databus.testing.samples import CLIENT, NOW

ROOT = Path(__file__).parents[4]

SECOND = """
import sys
from databus.database.json_db.json_database import JsonDatabase
from databus.errors import StoreOwned
try:
    JsonDatabase({"path": sys.argv[1]}).open()
except StoreOwned as error:
    print(error)
"""

FORKING = """
import os, sys
from databus.database.owner_lock import OwnerLock
from databus.errors import StoreOwned
from databus.timestamps import utc_now
lock = OwnerLock(sys.argv[1])
lock.take(utc_now())
reader, writer = os.pipe()
child = os.fork()
"""


def test_another_process_is_told_who_has_it(database: JsonDatabase, tmp_path: Path) -> None:
    program = [sys.executable, "-c", SECOND, str(tmp_path)]
    answer = subprocess.run(program, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert f"is in use by process {os.getpid()} on " in answer
    assert str(tmp_path) in answer


def test_also_a_second_one_in_this_process(database: JsonDatabase, tmp_path: Path) -> None:
    second = JsonDatabase({"path": str(tmp_path)})
    with pytest.raises(StoreOwned):
        second.open()
    second.close()
    database.close()
    second.open()
    second.close()


def _forked(tmp_path: Path, deeds: str) -> str:
    """Return what a process prints that opens a database, and forks a child."""
    program = [sys.executable, "-c", FORKING + deeds, str(tmp_path)]
    return subprocess.run(program, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_a_forked_child_does_not_keep_it(tmp_path: Path) -> None:
    deeds = """
if child == 0:
    os.close(writer)
    os.read(reader, 1)
    os._exit(0)
lock.release()
lock.take(utc_now())
print("taken again")
"""
    assert _forked(tmp_path, deeds) == "taken again\n"


def test_a_forked_child_does_not_give_it_back(tmp_path: Path) -> None:
    deeds = """
if child == 0:
    lock.release()
    os._exit(0)
os.waitpid(child, 0)
try:
    OwnerLock(sys.argv[1]).take(utc_now())
except StoreOwned as error:
    print(f"in use by process {os.getpid()}" in str(error))
"""
    assert _forked(tmp_path, deeds) == "True\n"


def test_a_lock_that_was_left_behind_is_none(tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    (tmp_path / ".owner.json").write_text(json.dumps({"pid": 1, "host": "x", "since": "y"}))
    database = JsonDatabase({"path": str(tmp_path)})
    database.open()
    database.close()
    assert not (tmp_path / ".owner.json").exists()


def test_what_is_not_open_says_so(tmp_path: Path) -> None:
    database = JsonDatabase({"path": str(tmp_path)})
    with pytest.raises(StoreError, match="is not open"):
        database.counts(CLIENT, now=NOW)
    database.close()


@pytest.mark.parametrize("arguments", [{"path": 5}, {"path": ""}, {"path": "a\0"}, {"pth": "x"}])
def test_wrong_arguments(arguments: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="database_arguments"):
        JsonDatabase(arguments)


def test_the_usual_folder() -> None:
    assert JsonDatabase({}).path == str(Path.cwd() / "data" / "json_db")
