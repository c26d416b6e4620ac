"""A disk that has no room: from the nth call on that would need some, or for that one call only."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.calls import Call, watching

NEEDS_ROOM = {"open", "write", "sendfile", "mkdir", "link", "rename", "replace", "fsync", "syncfs", "commit"}


class FullDisk:
    """Counts the calls that need room, and lets them fail.

    Attributes:
        failed: The calls that failed.
    """

    def __init__(self) -> None:
        self._first = 0
        self._forever = False
        self._calls = 0
        self.failed: list[Call] = []

    @contextmanager
    def filled(self, first: int, *, forever: bool) -> Iterator[None]:
        """Let a call fail while the context lasts.

        Args:
            first: Number of the first call that fails; the first has number 1.
            forever: Whether all later ones fail too.
        """
        self._first, self._forever, self._calls = first, forever, 0
        yield
        self._first = 0

    def take(self, call: Call) -> None:
        """Let a call pass, or raise what the operating system or SQLite would."""
        if not self._first or call.function not in NEEDS_ROOM:
            return
        self._calls += 1
        if self._calls < self._first or (self._calls > self._first and not self._forever):
            return
        self.failed.append(call)
        if call.function == "commit":
            raise sqlite3.OperationalError("database or disk is full")
        by_path = call.function not in ("write", "fsync", "sendfile")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), *([call.path] if by_path else []))


@contextmanager
def disk_below(path: Path) -> Iterator[FullDisk]:
    """Give the disk below a path, which can be filled; what is to fail must be opened within."""
    disk = FullDisk()
    with watching(path, disk.take):
        yield disk
