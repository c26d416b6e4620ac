"""A client's folder that somebody removes, or replaces with a backup of it, while Databus runs."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import CONFIG
from databus.testing.samples import CLIENT, NOW, claim, found, outcome, passenger, seat


def _copied(acme: Path, place: Path) -> Path:
    """Return a copy of the client's folder."""
    return Path(shutil.copytree(acme, place / "clients" / CLIENT))


def _put_back(backup: Path, acme: Path) -> None:
    shutil.rmtree(acme)
    shutil.copytree(backup, acme)


def _put_its_contents_back(backup: Path, acme: Path) -> None:
    for path in acme.iterdir():
        shutil.rmtree(path)
    shutil.copytree(backup, acme, dirs_exist_ok=True)


def _put_the_queue_back(backup: Path, acme: Path) -> None:
    shutil.rmtree(acme)
    shutil.copytree(backup / "pqueue", acme / "pqueue")


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "the folder": _put_back,
    "what is in it": _put_its_contents_back,
    "the queue alone": _put_the_queue_back,
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_recorded_after_it_is_durable(database: JsonDatabase, tmp_path: Path, acme: Path, way: str) -> None:
    seat(database, passenger("old"))
    database.close()
    backup = _copied(acme, tmp_path / "backup")
    database.open()
    assert found(database) == ["old"]
    WAYS[way](backup, acme)
    seat(database, passenger("new"))
    assert database.record([outcome(each, "check") for each in claim(database)], now=NOW) == []
    # As the disk would be found if this process were killed now.
    _copied(acme, tmp_path / "after")
    with closing(JsonDatabase({"path": str(tmp_path / "after")})) as after:
        after.open()
        assert found(after) == ["new", "old"]
        assert all(entry.steps[1].is_complete for entry in after.load(CLIENT, ["id-new", "id-old"]))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_used", [True, False], ids=["used", "only closed"])
def test_what_was_behind_is_not_written_into_it(
    database: JsonDatabase, tmp_path: Path, acme: Path, way: str, is_used: bool
) -> None:
    seat(database, passenger("1"))
    database.close()
    backup = _copied(acme, tmp_path / "backup")
    database.open()
    assert database.record([outcome(each, "check") for each in claim(database)], now=NOW) == []
    WAYS[way](backup, acme)
    if is_used:
        assert found(database) == ["1"]
    database.close()
    file = "pqueue/id-1/passenger.json"
    assert (acme / file).read_bytes() == (backup / file).read_bytes()


def test_a_backup_that_was_taken_in_use_is_whole(database: JsonDatabase, tmp_path: Path, acme: Path) -> None:
    seat(database, passenger("1"))
    assert database.record([outcome(each, "check") for each in claim(database)], now=NOW) == []
    backup = _copied(acme, tmp_path / "backup")
    assert (backup / ".databus/index.sqlite3-wal").stat().st_size
    seat(database, passenger("2"))
    _put_back(backup, acme)
    # What it has recorded stands beside its index yet, where closing the old one must not remove it.
    assert found(database) == ["1"]
    assert database.load(CLIENT, ["id-1"])[0].steps[1].is_complete


def test_a_client_that_is_removed(database: JsonDatabase, acme: Path) -> None:
    database.write_document(CLIENT, CONFIG, b"{}", expected=None, by="", now=NOW)
    seat(database, passenger("1"))
    assert database.record([outcome(each, "check") for each in claim(database)], now=NOW) == []
    shutil.rmtree(acme)
    assert database.clients() == {}
    assert found(database) == []
    database.close()
    assert not acme.exists()


@pytest.mark.parametrize("is_used", [True, False], ids=["used", "only closed"])
def test_an_index_alone_that_is_removed_costs_no_outcome(database: JsonDatabase, acme: Path, is_used: bool) -> None:
    seat(database, passenger("1"))
    assert database.record([outcome(each, "check") for each in claim(database)], now=NOW) == []
    shutil.rmtree(acme / ".databus")
    if is_used:
        assert found(database) == ["1"]
    database.close()
    database.open()
    assert database.load(CLIENT, ["id-1"])[0].steps[1].is_complete
