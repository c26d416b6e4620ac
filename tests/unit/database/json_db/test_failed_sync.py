"""A sync that fails tells so once; what it may have lost is written anew before anything counts as safe in its file."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from databus.database.json_db import write_behind
from databus.database.json_db.json_database import JsonDatabase
from databus.errors import StoreError
from databus.testing.samples import NOW, changed, found, outcome, passenger, seat, text


def _pending(acme: Path) -> int:
    with closing(sqlite3.connect(acme / ".databus/index.sqlite3")) as connection:
        return int(connection.execute("SELECT count(*) FROM entry WHERE pending IS NOT NULL").fetchone()[0])


def test_files_of_a_failed_sync(database: JsonDatabase, acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = seat(database, *(passenger(str(number)) for number in range(3)))
    files = [acme / f"pqueue/{entry.internal_id}/passenger.json" for entry in entries]

    def lose(_: int, path: str) -> None:
        for file in files:
            file.write_bytes(b"")
        raise OSError(errno.EIO, os.strerror(errno.EIO), path)

    # Outcomes without a fence are in their files at once.
    database.record([outcome(entry, "check") for entry in entries], now=NOW)
    newest = [file.read_bytes() for file in files]
    with monkeypatch.context() as patched:
        patched.setattr(write_behind, "sync_file_system", lose)
        with pytest.raises(StoreError, match="Input/output error"):
            database.seat([passenger("new")])
    assert _pending(acme) == 3
    database.close()
    assert _pending(acme) == 0
    assert [file.read_bytes() for file in files] == newest


def test_a_sync_beside_one_that_fails(database: JsonDatabase, acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = seat(database, passenger("1"), passenger("2"))
    database.record([outcome(one, "check")], now=NOW)
    many = [text(str(number)) for number in range(20)]

    def fail(_: int, path: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), path)

    def succeed_beside_a_failure(_: int, path: str) -> None:
        patched.setattr(write_behind, "sync_file_system", fail)
        # So many new contents are synced as seatings are.
        with pytest.raises(StoreError, match="Input/output error"):
            database.record([changed(two, *many)], now=NOW)

    with monkeypatch.context() as patched:
        patched.setattr(write_behind, "sync_file_system", succeed_beside_a_failure)
        with pytest.raises(StoreError, match="Input/output error"):
            database.seat([passenger("new")])
        assert _pending(acme) == 1
    assert found(database) == ["2", "1"]
