"""A data folder that Databus 8 has written is read as it is, and driven on."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from databus.client.log import MessageType
from databus.database.export.conflicts import OnConflict
from databus.database.export.exporting import export_clients
from databus.database.json_db.json_database import JsonDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import CONFIG, LogQuery, QueueQuery
from databus.pqueue.outcome import StepKind
from databus.testing.samples import CLIENT, NOW, changed, claim, content, kept, outcome, text
from tests.unit.database.json_db import databus8


@pytest.fixture
def old(tmp_path: Path, acme: Path, in_istanbul: None) -> Iterator[JsonDatabase]:
    databus8.lay_out(acme)
    database = JsonDatabase({"path": str(tmp_path)})
    database.open()
    yield database
    database.close()


def test_entries(old: JsonDatabase) -> None:
    second, first = old.find(QueueQuery(client_id=CLIENT), now=NOW).items
    assert (first.external_id, second.external_id) == ("A", "B")
    assert first.pull_datetime == datetime(2020, 4, 15, 14, 50, 28, 700234, tzinfo=UTC)
    assert first.puller_notified
    assert [(step.kind, step.name, step.is_complete) for step in first.steps] == [
        (StepKind.NOTIFY, "notify", True),
        (StepKind.PROCESS, "shop.check", True),
        (StepKind.PUSH, "shop.out", False),
    ]
    assert [(each.name, each.size) for each in first.attachments] == [("a.txt", 16), ("order (1).txt", 24)]
    assert content(old, first, "order (1).txt") == b"content of order (1).txt"


def test_are_driven_on(old: JsonDatabase, acme: Path) -> None:
    claims = claim(old)
    assert [each.entry.external_id for each in claims] == ["A", "B"]
    old.record([outcome(each, "shop.out") for each in claims], now=NOW)
    old.renew(claims, lease=timedelta(0), now=NOW)
    old.close()
    data = json.loads((acme / "pqueue" / claims[0].entry.internal_id / "passenger.json").read_bytes())
    assert data["pusher_statuses"][0]["status"] == "complete"
    assert data["pull_datetime"] == "2020-04-15T14:50:28.700234+00:00"
    old.open()
    assert content(old, claims[0], "order (1).txt") == b"content of order (1).txt"


def test_their_attachments_can_be_changed(old: JsonDatabase, acme: Path) -> None:
    each = claim(old)[0]
    old.record([changed(each, kept("order (1).txt"), text("order1.txt", "new"), name="shop.check")], now=NOW)
    assert content(old, each, "order (1).txt") == b"content of order (1).txt"
    assert content(old, each, "order1.txt") == b"new"
    files = sorted(path.name for path in (acme / "pqueue" / each.entry.internal_id / "attachments").iterdir())
    assert files == ["order (1).txt", "order1.txt"]


def test_a_document_that_was_seated_twice_stays_twice(tmp_path: Path, acme: Path) -> None:
    databus8.lay_out(acme)
    again = acme / "pqueue" / "017dedd0-7f25-11ea-8004-a82066455b99"
    (again / "attachments").mkdir(parents=True)
    (again / "passenger.json").write_text(databus8.passenger_json(again.name, "B", attachments=[]))
    database, copy = JsonDatabase({"path": str(tmp_path)}), MemoryDatabase({})
    copy.open()
    for _ in range(2):  # also when the index is made anew
        database.open()
        entries = database.find(QueueQuery(client_id=CLIENT), now=NOW).items
        plain, apart = sorted((each for each in entries if each.external_id == "B"), key=lambda each: each.seated_as)
        assert (plain.seated_as[1], apart.seated_as[1]) == ("B", f"B ({apart.internal_id})")
        export_clients(database, copy, manifest=tmp_path / "manifest.json", on_conflict=OnConflict.SKIP)
        assert len(copy.find(QueueQuery(client_id=CLIENT), now=NOW).items) == 3
        database.close()
        shutil.rmtree(acme / ".databus")


def test_logs(old: JsonDatabase) -> None:
    newer, older = old.find_logs(LogQuery(client_id=CLIENT)).items
    assert older.created_on == datetime(2020, 4, 15, 14, 50, 28, 656680, tzinfo=UTC)
    assert (older.guid, older.worst, older.lines) == (
        "729d8612-7f28-11ea-b9bf-a82066455b02",
        MessageType.error,
        2,
    )
    assert newer.guid == "81ce4044-7f24-11ea-8683-a82066455b02"
    _, lines = old.read_log(CLIENT, older.guid)
    assert [each.message for each in lines] == ["Driving...", "Traceback\n  File x\n\nValueError: no"]
    assert lines[1].source == "shop.out"
    assert lines[1].timestamp == datetime(2020, 4, 15, 14, 50, 29, 86407, tzinfo=UTC)


def test_configuration_and_its_backup(old: JsonDatabase) -> None:
    assert set(old.clients()) == {CLIENT}
    (backup,) = old.document_history(CLIENT, CONFIG)
    assert old.read_document(CLIENT, CONFIG, version=backup.version).content == b"{}"


def test_what_a_folder_lacks_is_made(tmp_path: Path, acme: Path) -> None:
    acme.mkdir(parents=True)
    (acme / "config.json").write_text("{}")
    database = JsonDatabase({"path": str(tmp_path)})
    database.open()
    assert database.find(QueueQuery(client_id=CLIENT), now=NOW).items == ()
    database.write_document(CLIENT, CONFIG, b"{ }", expected=None, by="", now=NOW)
    database.close()
    assert len(list((acme / "backup").iterdir())) == 1
