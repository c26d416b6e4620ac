"""What we write is read the short way, and both ways lead to the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from databus.database.json_db import passenger_file
from databus.database.json_db.passenger_file import Encoder, decode
from databus.database.json_db.stored import NO_FILES
from databus.database.json_db.trouble import Damaged
from databus.database.json_db.usual_form import decode_usual
from databus.database.records import Entry, StoredAttachment
from databus.passenger.attachment import AttachmentFormat
from databus.pqueue.queue_status import QueueStatus
from databus.testing.samples import CLIENT, MINUTE, NOW, ODD_TEXTS, SECOND, passenger

ENTRY = passenger("1").entry
FULL = replace(
    ENTRY,
    seated_as=("before", "0"),
    completed_on=NOW,
    log_guids=("one", "two"),
    sequence=7,
    steps=(
        replace(ENTRY.steps[0], status=QueueStatus.complete, changed_on=NOW + SECOND),
        replace(ENTRY.steps[1], attempts=3, last_error="E: no\n", due_on=NOW + MINUTE, name="another name"),
        replace(ENTRY.steps[2], dead=True),
    ),
)
LISTED = StoredAttachment(name="a.txt", format=AttachmentFormat.text, size=5)


@pytest.fixture
def long_way(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Reads key by key."""

    def read(data: bytes) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(passenger_file, "decode_usual", lambda data, client_id: None)
            return decode(data, CLIENT)

    return read


@pytest.mark.parametrize("entry", [ENTRY, FULL, replace(FULL, attachments=(LISTED,))], ids=["new", "full", "listed"])
def test_what_we_write(entry: Entry, long_way: Any) -> None:
    data = Encoder().encode(entry, NO_FILES)
    usual = decode_usual(data, CLIENT)
    assert usual is not None
    assert usual == long_way(data)
    assert usual[0] == replace(entry, attachments=())


@pytest.mark.parametrize("odd", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_odd_texts(odd: str, long_way: Any) -> None:
    entry = replace(ENTRY, external_id=odd, seated_as=("x", odd), puller_name=odd, log_guids=(odd,))
    data = Encoder().encode(entry, NO_FILES)
    assert decode(data, CLIENT) == long_way(data)
    assert decode(data, CLIENT)[0] == entry


CHANGES: list[tuple[str, Any]] = [
    ("pull_datetime", "2026-01-31T12:00:00"),
    ("pull_datetime", "2026-01-31T12:00:00+02:00"),
    ("pull_datetime", 7),
    ("puller_notified", True),
    ("puller_notified", None),
    ("sequence", -1),
    ("sequence", 1.5),
    ("sequence", "1"),
    ("sequence", 1 << 70),
    ("seated_as", None),
    ("seated_as", ["one"]),
    ("log_guids", None),
    ("log_guids", [1]),
    ("completed_on", None),
    ("attachments", None),
    ("attachments", [{"name": "a", "format": "text", "file": "other"}]),
    ("attachments", [{"name": "a", "format": "picture"}]),
    ("notify_statuses", None),
    ("processor_statuses", [{"processor_module": "m", "status": "undefined"}]),
    ("processor_statuses", [{"processor_module": "m", "status": "complete", "name": None, "due_on": None}]),
    ("pusher_statuses", [{"pusher_module": "m", "status": "complete", "attempts": True}]),
    ("pusher_statuses", [{"status": "complete"}]),
    ("external_id", None),
    ("source_system", None),
    ("a key of somebody else", [1, {"two": 2}]),
]


@pytest.mark.parametrize(("key", "value"), CHANGES, ids=str)
def test_what_others_write(key: str, value: Any, long_way: Any) -> None:
    data = json.dumps({**json.loads(Encoder().encode(FULL, NO_FILES)), key: value}).encode()
    assert _result(lambda: decode(data, CLIENT)) == _result(lambda: long_way(data))


@pytest.mark.parametrize("missing", json.loads(Encoder().encode(FULL, NO_FILES)))
def test_what_others_leave_out(missing: str, long_way: Any) -> None:
    keys = json.loads(Encoder().encode(FULL, NO_FILES))
    del keys[missing]
    data = json.dumps(keys).encode()
    assert _result(lambda: decode(data, CLIENT)) == _result(lambda: long_way(data))


def test_what_is_nested_too_deeply(long_way: Any) -> None:
    data = Encoder().encode(FULL, NO_FILES).replace(b"{", b'{"note": ' + b"[" * 100_000 + b"]" * 100_000 + b",", 1)
    assert decode_usual(data, CLIENT) is None
    assert _result(lambda: decode(data, CLIENT)) == _result(lambda: long_way(data))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'\xef\xbb\xbf{"a": 1}', b'{"external_id": "\\ud800"}'])
def test_what_is_none(data: bytes) -> None:
    assert decode_usual(data, CLIENT) is None
    with pytest.raises(Damaged):
        decode(data, CLIENT)


def _result(read: Any) -> Any:
    try:
        return read()
    except Damaged as error:
        return str(error)


@given(st.text(), st.integers(0, 1 << 61), st.datetimes().map(lambda time: time.replace(tzinfo=NOW.tzinfo)))
def test_any_text_number_and_time(text: str, number: int, time: Any) -> None:
    entry = replace(FULL, external_id=text, sequence=number, pull_datetime=time)
    found = decode_usual(Encoder().encode(entry, NO_FILES), CLIENT)
    assert found is not None
    assert found[0] == entry
