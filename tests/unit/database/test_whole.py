"""Which contents are read with their entries, and what is made of an engine that knows nothing of it."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import Entry, StoredAttachment, WholeEntry
from databus.database.whole import Room
from databus.errors import StoreError
from databus.passenger.attachment import AttachmentFormat
from databus.testing.samples import CLIENT, passenger, seat, text

ENTRY = passenger("1").entry


def _entry(*sizes: int) -> Entry:
    stored = (StoredAttachment(name=str(size), format=AttachmentFormat.text, size=size) for size in sizes)
    return replace(ENTRY, attachments=tuple(stored))


def test_what_fits_together() -> None:
    room = Room(10)
    assert room.choose(_entry(4, 2)) == [True, True]
    assert room.choose(_entry()) == []
    assert room.choose(_entry(4)) == [True]
    assert room.choose(_entry(0)) == [True]
    assert room.choose(_entry(1)) is None


def test_the_first_one_always_comes() -> None:
    room = Room(10)
    assert room.choose(_entry(6, 6, 4)) == [True, False, True]
    assert room.choose(_entry(11)) == [False]
    assert room.choose(_entry(11, 1)) is None


def test_a_content_that_cannot_be_read_must_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    database: AbstractDatabase = MemoryDatabase({})
    entries = seat(database, passenger("1", attachments=[text("a"), text("b")]), passenger("2"))

    def broken(client_id: str, internal_id: str, name: str) -> Any:
        if name == "b":
            raise StoreError("it is broken")
        return opened(client_id, internal_id, name)

    opened = database.open_attachment
    monkeypatch.setattr(database, "open_attachment", broken)
    assert database.load_whole(CLIENT, ["id-1", "id-2"], room=100) == [
        WholeEntry(entry=entries[0], contents=(b"hello", None)),
        WholeEntry(entry=entries[1]),
    ]


def test_an_entry_without_its_file_is_left_out(tmp_path: Path) -> None:
    from databus.database.json_db.json_database import JsonDatabase

    database = JsonDatabase({"path": str(tmp_path)})
    database.open()
    seat(database, passenger("1", attachments=[text("a")]))
    (tmp_path / "clients/acme/pqueue/id-1/attachments/a").unlink()
    assert database.load_whole(CLIENT, ["id-1"], room=100) == []  # damaged, and set aside
    database.close()
