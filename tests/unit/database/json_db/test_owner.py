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
