"""Bad sectors in the index of a client."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest


def index_of(acme: Path) -> Path:
    """Return the index in a client's folder."""
    return acme / ".databus/index.sqlite3"


def harm_root(acme: Path, name: str) -> None:
    """Overwrite the page at which a table, or an index of one, begins; nobody has the file open."""
    _overwrite(acme, *_root(acme, name))


def harm_middle(acme: Path, name: str) -> None:
    """Overwrite a page in the middle of a large table."""
    page, size = _root(acme, name)
    with index_of(acme).open("rb") as file:
        file.seek((page - 1) * size)
        root = file.read(size)
    # SQLite's file format, 1.6: an inner page has a header of 12 bytes, then where its cells are; each begins with
    # the number of a page.
    middle = 12 + 2 * (int.from_bytes(root[3:5], "big") // 2)
    cell = int.from_bytes(root[middle : middle + 2], "big")
    _overwrite(acme, int.from_bytes(root[cell : cell + 4], "big"), size)


def _root(acme: Path, name: str) -> tuple[int, int]:
    with closing(sqlite3.connect(index_of(acme))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        if found is None:
            pytest.skip(f"this SQLite has no {name}")
        return found[0], connection.execute("PRAGMA page_size").fetchone()[0]


def _overwrite(acme: Path, page: int, size: int) -> None:
    with index_of(acme).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
