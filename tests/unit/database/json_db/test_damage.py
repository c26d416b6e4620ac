"""Entries that other hands have damaged are set aside, with an error in the log; the others go on."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from databus.client.log import MessageType
from databus.database.json_db import disk
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import LogQuery, QueueQuery
from databus.testing.samples import CLIENT, DAY, NOW, claim, found, outcome, passenger, seat, text

Harm = Callable[[Path], object]


def _replace(folder: Path) -> Path:
    file = folder / "passenger.json"
    file.unlink()
    return file


def _make_folder(folder: Path) -> None:
    _replace(folder).mkdir()


def _make_link(folder: Path) -> None:
    _replace(folder).symlink_to("/etc/passwd")


def _add_nested(file: Path) -> None:
    file.write_text(file.read_text().replace("{", '{"note": ' + "[" * 100_000 + "]" * 100_000 + ",", 1))


def _set(**values: object) -> Harm:
    def harm(folder: Path) -> None:
        file = folder / "passenger.json"
        file.write_text(json.dumps({**json.loads(file.read_bytes()), **values}))

    return harm


HARMS: dict[str, tuple[Harm, str]] = {
    "no JSON": (lambda folder: (folder / "passenger.json").write_bytes(b"\xff{"), "is no JSON"),
    "empty": (lambda folder: (folder / "passenger.json").write_bytes(b""), "is no JSON"),
    "nested": (lambda folder: (folder / "passenger.json").write_bytes(b"[" * 100_000), "is no JSON"),
    "a nested key": (lambda folder: _add_nested(folder / "passenger.json"), "nested too deeply"),
    "a list": (lambda folder: (folder / "passenger.json").write_bytes(b"[]"), "is no JSON object"),
    "a number": (_set(external_id=5), "external_id must be a text"),
    "no time": (_set(pull_datetime="yesterday"), "pull_datetime must be a time"),
    "a strange status": (_set(pusher_statuses=[{"pusher_module": "a", "status": "done"}]), "'done' is none of"),
    "a path": (_set(attachments=[{"name": "a", "format": "text", "file": "../../x"}]), "is no name of a file"),
    "another id": (_set(internal_id="id-2"), "belongs in another folder"),
    "no file": (lambda folder: (folder / "passenger.json").unlink(), "No such file"),
    "a folder": (_make_folder, "Is a directory"),
    "a link": (_make_link, "passenger.json"),
    "no attachment": (lambda folder: (folder / "attachments" / "a.txt").unlink(), "'a.txt' is missing"),
}


def _seat_three(database: JsonDatabase) -> None:
    seat(database, *(passenger(each, attachments=[text("a.txt")]) for each in ("1", "2", "3")))


def _errors(database: JsonDatabase) -> list[str]:
    heads = database.find_logs(LogQuery(client_id=CLIENT, worst=MessageType.error)).items
    return [line.message for head in heads for line in database.read_log(CLIENT, head.guid)[1]]


def _check(database: JsonDatabase, acme: Path, reason: str) -> None:
    assert (acme / "pqueue/.damaged/id-1").is_dir()
    assert not (acme / "pqueue/id-1").exists()
    (error,) = _errors(database)
    assert reason in error
    assert "id-1" in error
    assert found(database) == ["3", "2"]
    assert sum(each.waiting + each.running for each in database.counts(CLIENT, now=NOW)) == 2


@pytest.mark.parametrize("name", HARMS)
def test_found_when_it_is_opened(database: JsonDatabase, acme: Path, name: str) -> None:
    harm, reason = HARMS[name]
    _seat_three(database)
    database.close()
    harm(acme / "pqueue/id-1")
    # Its attachment is only looked at when it is used.
    database.open()
    database.find(QueueQuery(client_id=CLIENT), now=NOW)
    _check(database, acme, reason)


@pytest.mark.parametrize("name", ["no JSON", "no attachment", "no file"])
def test_found_when_it_is_claimed(database: JsonDatabase, acme: Path, name: str) -> None:
    harm, reason = HARMS[name]
    _seat_three(database)
    database.close()
    database.open()
    assert len(found(database)) == 3
    harm(acme / "pqueue/id-1")
    assert [each.entry.external_id for each in claim(database, limit=2)] == ["2", "3"]
    _check(database, acme, reason)


def test_found_when_it_is_listed(database: JsonDatabase, acme: Path) -> None:
    _seat_three(database)
    (acme / "pqueue/id-1/passenger.json").write_text("{")
    assert found(database) == ["3", "2"]
    _check(database, acme, "is no JSON")


def test_outcomes_of_it_are_rejected(database: JsonDatabase, acme: Path) -> None:
    entries = seat(database, passenger("1"), passenger("2"))
    database.close()
    database.open()
    assert len(found(database)) == 2
    (acme / "pqueue/id-1/passenger.json").write_text("{")
    outcomes = [outcome(entry, "out") for entry in entries]
    assert database.record(outcomes, now=NOW) == outcomes[:1]


def test_an_entry_that_was_copied_by_hand(database: JsonDatabase, acme: Path) -> None:
    seat(database, passenger("1"))
    database.close()
    shutil.copytree(acme / "pqueue/id-1", acme / "pqueue/copy of id-1")
    database.open()
    assert found(database) == ["1"]
    assert (acme / "pqueue/.damaged/copy of id-1").is_dir()


def test_on_a_full_disk_its_file_stays_whole(
    database: JsonDatabase, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    _seat_three(database)
    database.record([outcome(each, "check") for each in claim(database)], now=NOW)
    before = (acme / "pqueue/id-1/passenger.json").read_bytes()
    (acme / "pqueue/id-1/attachments/a.txt").unlink()
    with monkeypatch.context() as patched:
        patched.setattr(disk, "write_all", full)
        assert [each.entry.external_id for each in claim(database, now=NOW + DAY)] == ["2", "3"]
    assert (acme / "pqueue/.damaged/id-1/passenger.json").read_bytes() == before


def test_two_of_one_name(database: JsonDatabase, acme: Path) -> None:
    for _ in range(2):
        seat(database, passenger("1"))
        (acme / "pqueue/id-1/passenger.json").write_text("{")
        assert found(database) == []
    assert sorted(path.name for path in (acme / "pqueue/.damaged").iterdir()) == ["id-1", "id-1-2"]


def test_a_folder_that_was_removed_is_no_damage(database: JsonDatabase, acme: Path) -> None:
    _seat_three(database)
    shutil.rmtree(acme / "pqueue/id-2")
    assert found(database) == ["3", "1"]
    assert not (acme / "pqueue/.damaged").exists()


def test_stray_files_do_no_harm(database: JsonDatabase, acme: Path) -> None:
    seat(database, passenger("1"))
    database.close()
    (acme / "pqueue/.DS_Store").write_text("x")
    (acme / "pqueue/notes.txt").write_text("x")
    (acme / "pqueue/.hidden").mkdir()
    database.open()
    assert found(database) == ["1"]
    assert (acme / "pqueue/notes.txt").exists()
