"""A disk that fills: a clear error, nothing lost, and it goes on when there is room."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import CONFIG, QueuePurge, QueueQuery
from databus.errors import StoreError
from databus.testing.samples import CLIENT, NOW, binary, changed, claim, complete, content, head, line, passenger, text


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small file system can only be mounted by root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture
def database(small: Path) -> Iterator[JsonDatabase]:
    database = JsonDatabase({"path": str(small)})
    database.open()
    yield database
    with suppress(StoreError):
        database.close()


def _fill(small: Path, leave: int) -> Path:
    ballast = small / "ballast"
    free = os.statvfs(small)
    size = max(0, free.f_bavail * free.f_bsize - leave)
    with ballast.open("wb") as file:
        file.write(b"\0" * size)
    return ballast


def _all(database: JsonDatabase) -> dict[str, bytes]:
    entries = database.find(QueueQuery(client_id=CLIENT, limit=1000), now=NOW).items
    return {each.external_id: content(database, each, "data") for each in entries}


@pytest.mark.parametrize("leave", range(0, 160_000, 12_288))
def test_seating(database: JsonDatabase, small: Path, leave: int) -> None:
    first = [passenger(str(number), attachments=[binary("data", b"1" * 100)]) for number in range(3)]
    second = [passenger(f"x{number}", attachments=[binary("data", b"2" * 5000)]) for number in range(20)]
    database.seat(first)
    ballast = _fill(small, leave)
    with suppress(StoreError):
        database.seat(second)
    seen = _all(database)
    assert {"0", "1", "2"} <= set(seen)
    assert all(value == (b"2" * 5000 if key.startswith("x") else b"1" * 100) for key, value in seen.items())
    ballast.unlink()
    results = database.seat(second)
    assert len(results) == 20
    assert len(_all(database)) == 23
    database.close()
    database.open()
    assert len(_all(database)) == 23
    assert len(os.listdir(small / "clients/acme/pqueue")) == 23


def test_the_error_is_one_sentence_with_the_path(database: JsonDatabase, small: Path) -> None:
    database.seat([passenger("1")])
    _fill(small, 0)
    with pytest.raises(StoreError, match=rf"The disk is full: .*{small}/clients/acme") as caught:
        database.seat([passenger("2", attachments=[binary("data", b"2" * 100_000)])])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("leave", range(0, 60_000, 8192))
def test_everything_else(database: JsonDatabase, small: Path, leave: int) -> None:
    database.seat([passenger(str(number), attachments=[binary("data", b"1" * 100)]) for number in range(5)])
    claims = claim(database)
    database.append_log(head("a"), [line("one")])
    database.write_document(CLIENT, CONFIG, b"{}", expected=None, by="", now=NOW)
    ballast = _fill(small, leave)
    recorded = written = logged = False
    with suppress(StoreError):
        assert database.record([changed(claims[0], binary("data", b"3" * 9000), text("more"))], now=NOW) == []
        recorded = True
    with suppress(StoreError):
        database.append_log(head("a", lines=1), [line("x" * 9000)])
        logged = True
    with suppress(StoreError):
        database.write_document(CLIENT, CONFIG, b"[" + b" " * 9000 + b"]", expected=None, by="", now=NOW)
        written = True
    with suppress(StoreError):
        database.renew(claims, lease=timedelta(0), now=NOW)
    _check(database, recorded=recorded, logged=logged, written=written)
    ballast.unlink()
    database.close()
    database.open()
    _check(database, recorded=recorded, logged=logged, written=written)
    assert len(claim(database)) == 5


def _check(database: JsonDatabase, *, recorded: bool, logged: bool, written: bool) -> None:
    assert _all(database)["0"] == (b"3" * 9000 if recorded else b"1" * 100)
    assert len(database.read_log(CLIENT, "a")[1]) == 1 + logged
    assert len(database.read_document(CLIENT, CONFIG).content) == (9002 if written else 2)


def test_purging_makes_room(database: JsonDatabase, small: Path) -> None:
    database.seat([passenger(str(number), attachments=[binary("data", b"1" * 50_000)]) for number in range(10)])
    complete(database, *database.find(QueueQuery(client_id=CLIENT), now=NOW).items)
    _fill(small, 20_000)
    assert database.purge(QueuePurge(client_id=CLIENT), limit=100, now=NOW) == 10
    database.close()
    database.open()
    assert _all(database) == {}
    assert os.statvfs(small).f_bavail * 4096 > 300_000
