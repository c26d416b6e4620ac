"""What a person changes in the files is taken over."""

import json
import os
import shutil
from pathlib import Path

from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import CONFIG, State
from databus.testing.samples import CLIENT, NOW, claim, content, found, head, line, load, outcome, passenger, seat, text


def _edit(file: Path, **values: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_bytes()), **values}))


def test_passenger_json(database: JsonDatabase, acme: Path) -> None:
    entry = seat(database, passenger("1", attachments=[text("a.txt")]))[0]
    database.close()
    done = [{"pusher_module": "shop.pusher", "name": "out", "status": "complete"}]
    _edit(acme / "pqueue/id-1/passenger.json", external_id="changed by hand", pusher_statuses=done)
    database.open()
    changed = load(database, entry)
    assert changed.external_id == "changed by hand"
    assert [step.is_complete for step in changed.steps] == [False, False, True]
    assert found(database, search="BY HAND") == ["changed by hand"]
    assert found(database, step="out") == []


def test_notified_by_hand(database: JsonDatabase, acme: Path) -> None:
    entry = seat(database, passenger("1"))[0]
    database.close()
    _edit(acme / "pqueue/id-1/passenger.json", puller_notified=True)
    database.open()
    assert load(database, entry).puller_notified


def test_a_complete_entry_that_is_set_back(database: JsonDatabase, acme: Path) -> None:
    entry = seat(database, passenger("1"))[0]
    database.record([outcome(entry, name) for name in ("notify", "check", "out")], now=NOW)
    assert found(database, states=(State.COMPLETE,)) == ["1"]
    database.close()
    file = acme / "pqueue/id-1/passenger.json"
    file.write_text(file.read_text().replace('"complete"', '"incomplete"'))
    database.open()
    assert [each.entry.external_id for each in claim(database)] == ["1"]


def test_a_client_that_was_copied(database: JsonDatabase, tmp_path: Path) -> None:
    database.write_document(CLIENT, CONFIG, b"{}", expected=None, by="", now=NOW)
    seat(database, passenger("1", attachments=[text("a.txt")]))
    shutil.copytree(tmp_path / "clients/acme", tmp_path / "clients/second")
    assert set(database.clients()) == {"acme", "second"}
    (entry,) = database.load("second", ["id-1"])
    assert entry.client_id == "second"
    assert content(database, entry, "a.txt") == b"hello"


def test_config_json(database: JsonDatabase, acme: Path) -> None:
    saved = database.write_document(CLIENT, CONFIG, b"{}", expected=None, by="root", now=NOW)
    assert database.clients() == {CLIENT: saved.version}
    (acme / "config.json").write_text("[]")
    os.utime(acme / "config.json", ns=(saved_ns := 1_600_000_000_000_000_000, saved_ns))
    edited = database.read_document(CLIENT, CONFIG)
    assert database.clients() == {CLIENT: edited.version}
    assert (edited.content, edited.saved_by) == (b"[]", "")
    assert edited.version != saved.version
    assert edited.saved_on.year == 2020


def test_an_edit_that_leaves_size_and_time(database: JsonDatabase, acme: Path) -> None:
    database.write_document(CLIENT, CONFIG, b"{}", expected=None, by="root", now=NOW)
    stat = os.stat(acme / "config.json")
    before = database.clients()
    (acme / "config.json").write_text("[]")
    os.utime(acme / "config.json", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert database.clients() != before


def test_a_log_that_was_edited_and_one_that_was_deleted(database: JsonDatabase, acme: Path) -> None:
    for guid in ("a", "b"):
        database.append_log(head(guid), [line("one"), line("two")])
    file = acme / "log/2026-01-31T23_59_59.999999_a.json"
    data = json.loads(file.read_bytes())
    file.write_text(json.dumps({**data, "entries": data["entries"][:1]}, indent=2))
    database.append_log(head("a", lines=1), [line("three")])
    assert [each.message for each in database.read_log(CLIENT, "a")[1]] == ["one", "three"]
    (acme / "log/2026-01-31T23_59_59.999999_b.json").unlink()
    database.close()
    database.open()
    assert database.read_log(CLIENT, "a")[0].lines == 2
    assert len(list((acme / "log").iterdir())) == 1
