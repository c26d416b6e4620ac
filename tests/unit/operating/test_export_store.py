"""Exports that are remembered as documents, which other hands may edit."""

from pathlib import Path

import pytest

from databus.client.client import Client
from databus.database.export.documents import JOBS
from databus.database.json_db.json_database import JsonDatabase
from databus.errors import NotFound
from databus.operating.export_records import ExportStore
from databus.testing.samples import NOW

UNREADABLE = {
    "no JSON": b"{",
    "no export": b"[]",
    "nested too deeply": b'{"note": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_one_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    database = JsonDatabase({"path": str(tmp_path)})
    database.open()
    try:
        database.write_document(Client.ROOT, f"{JOBS}one", content, expected=None, by="", now=NOW)
        exports = ExportStore(database, lambda: NOW)
        with pytest.raises(NotFound, match="There is no export one"):
            exports.read("one")
        assert exports.all() == []
    finally:
        database.close()
