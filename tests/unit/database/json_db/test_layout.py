"""What a person finds on disk: design section 6."""

import json
import re
from datetime import timedelta
from pathlib import Path

from databus.client.log import MessageType
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import CONFIG
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import CLIENT, NOW, binary, changed, claim, head, line, outcome, passenger, seat, text

NO_TIME = timedelta(0)


def _passenger(acme: Path, internal_id: str = "id-1") -> dict[str, object]:
    data: dict[str, object] = json.loads((acme / "pqueue" / internal_id / "passenger.json").read_bytes())
    return data


def _drive(database: JsonDatabase, *names: str) -> None:
    claims = claim(database)
    for name in names:
        database.record([outcome(each, name) for each in claims], now=NOW)
    database.renew(claims, lease=NO_TIME, now=NOW)
    database.close()


def test_one_folder_per_entry(database: JsonDatabase, acme: Path) -> None:
    seat(database, passenger("1", attachments=[text("a.txt", "häl\nlo"), binary("b.bin", b"\0\xff")]), passenger("2"))
    assert sorted(path.name for path in (acme / "pqueue").iterdir()) == ["id-1", "id-2"]
    assert (acme / "pqueue/id-1/attachments/a.txt").read_bytes() == "häl\nlo".encode()
    assert (acme / "pqueue/id-1/attachments/b.bin").read_bytes() == b"\0\xff"
    assert not list((acme / ".databus/seating").iterdir())


def test_passenger_json_of_a_new_entry(database: JsonDatabase, acme: Path) -> None:
    seat(database, passenger("1", attachments=[text("a.txt", "abc"), binary("b.bin")], log_guids=("log-1",)))
    data = _passenger(acme)
    assert {key: data[key] for key in list(data)[:11]} == {
        "external_id": "1",
        "internal_id": "id-1",
        "source_system": "shop",
        "passenger_module": "shop.order",
        "puller_module": "shop.puller",
        "puller_notified": False,
        "pull_datetime": "2026-01-31T23:59:59.999999+00:00",
        "attachments": [
            {"name": "a.txt", "format": "text", "size": 3},
            {"name": "b.bin", "format": "binary", "size": 2},
        ],
        "log_guids": ["log-1"],
        "processor_statuses": [{"processor_module": "shop.processor", "status": "incomplete", "name": "check"}],
        "pusher_statuses": [{"pusher_module": "shop.pusher", "status": "incomplete", "name": "out"}],
    }


def test_passenger_json_when_its_claim_was_given_back(database: JsonDatabase, acme: Path) -> None:
    seat(database, passenger("1"))
    _drive(database, "notify", "check", "out")
    data = _passenger(acme)
    moment = "2026-01-31T23:59:59.999999+00:00"
    assert data["puller_notified"] is True
    assert data["completed_on"] == moment
    assert data["pusher_statuses"] == [
        {"pusher_module": "shop.pusher", "status": "complete", "name": "out", "attempts": 1, "changed_on": moment}
    ]


def test_passenger_json_of_a_failure(database: JsonDatabase, acme: Path) -> None:
    seat(database, passenger("1"))
    later = NOW + timedelta(minutes=5)
    failed = [
        outcome(each, "check", OutcomeKind.FAILED, error="ValueError: no", due_on=later) for each in claim(database)
    ]
    database.record(failed, now=NOW)
    database.close()
    assert _passenger(acme)["processor_statuses"] == [
        {
            "processor_module": "shop.processor",
            "status": "incomplete",
            "name": "check",
            "attempts": 1,
            "last_error": "ValueError: no",
            "due_on": "2026-02-01T00:04:59.999999+00:00",
            "changed_on": "2026-01-31T23:59:59.999999+00:00",
        }
    ]


def test_an_operators_edit_is_in_the_file_at_once(database: JsonDatabase, acme: Path) -> None:
    entry = seat(database, passenger("1"))[0]
    database.record([outcome(entry, "out")], now=NOW)
    assert '"status": "complete"' in (acme / "pqueue/id-1/passenger.json").read_text()


def test_changed_attachments_have_their_own_names(database: JsonDatabase, acme: Path) -> None:
    seat(database, passenger("1", attachments=[text("a.txt", "old"), text("b.txt", "going")]))
    each = claim(database)[0]
    database.record([changed(each, text("a.txt", "new"), text("c.txt", "more"))], now=NOW)
    files = {path.name: path.read_text() for path in (acme / "pqueue/id-1/attachments").iterdir()}
    assert files == {"a.txt": "new", "c.txt": "more"}


def test_a_log_can_be_searched_with_grep(database: JsonDatabase, acme: Path) -> None:
    database.append_log(head("g-1", passenger_module="shop.order"), [line("one\ntwo")])
    database.append_log(head("g-1", lines=1), [line("drei", type=MessageType.error)])
    (file,) = (acme / "log").iterdir()
    assert file.name == "2026-01-31T23_59_59.999999_g-1.json"
    assert next(each for each in file.read_text().splitlines() if "drei" in each).startswith("{")
    data = json.loads(file.read_bytes())
    assert (data["guid"], data["passenger_module"]) == ("g-1", "shop.order")
    assert [(entry["type"], entry["message"]) for entry in data["entries"]] == [("info", "one\ntwo"), ("error", "drei")]


def test_documents_and_backups(database: JsonDatabase, acme: Path) -> None:
    for content in (b"{}", b'{"a": 1}'):
        database.write_document(CLIENT, CONFIG, content, expected=None, by="root", now=NOW)
    assert (acme / "config.json").read_bytes() == b'{"a": 1}'
    (backup,) = (acme / "backup").iterdir()
    assert re.fullmatch(r"2026-01-31T23_59_59\.999999_[0-9a-f-]{36}_config\.json", backup.name)
    assert backup.read_bytes() == b"{}"


def test_nothing_is_made_for_a_client_that_is_not_there(database: JsonDatabase, acme: Path) -> None:
    assert database.counts(CLIENT, now=NOW) == []
    assert not acme.exists()
