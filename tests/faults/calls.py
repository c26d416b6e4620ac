"""Watching the calls by which an engine changes files: to count them, to end the process at one, or to let one fail.

Databus itself knows nothing of it: the functions of the operating system are wrapped.
"""

import os
import sqlite3
import sqlite3.dbapi2
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from databus.database.json_db.disk import sync_file_system

BY_PATH = ("rename", "replace", "mkdir", "unlink", "rmdir", "link", "open")
BY_DESCRIPTOR = ("write", "fsync", "sendfile")
SYNC = "databus.database.json_db.write_behind.sync_file_system"


class Call(NamedTuple):
    """One call of a function that changes files.

    Attributes:
        phase: The method of the database within which it happens; ``outside`` for none.
        function: Its name, ``syncfs`` and ``commit`` among them.
        path: What it works on.
    """

    phase: str
    function: str
    path: str

    @property
    def label(self) -> str:
        """Phase and function."""
        return f"{self.phase}:{self.function}"


Hook = Callable[[Call], None]


class _Phase(threading.local):
    name = "outside"


_phase = _Phase()


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Name what this thread is doing."""
    before, _phase.name = _phase.name, name
    try:
        yield
    finally:
        _phase.name = before


def nothing(call: Call) -> None:
    """Let a call pass."""


@contextmanager
def watching(folder: str | Path, before: Hook, after: Hook = nothing) -> Iterator[None]:
    """Call hooks around every call that changes files below a folder, on its own thread; they may raise."""
    before, after = _below(folder, before), _below(folder, after)
    with pytest.MonkeyPatch.context() as patch:
        for name in (*BY_PATH, *BY_DESCRIPTOR):
            patch.setattr(os, name, _watched(getattr(os, name), name, before, after))
        patch.setattr(SYNC, _watched(sync_file_system, "syncfs", before, after))
        connect = partial(sqlite3.connect, factory=_connection_class(before, after))
        patch.setattr(sqlite3, "connect", connect)
        patch.setattr(sqlite3.dbapi2, "connect", connect)  # SQLAlchemy's
        yield


def _below(folder: str | Path, hook: Hook) -> Hook:
    start = f"{os.path.abspath(folder)}/"

    def checked(call: Call) -> None:
        if call.path.startswith(start):
            hook(call)

    return checked


def _watched(function: Callable[..., Any], name: str, before: Hook, after: Hook) -> Callable[..., Any]:
    @wraps(function)
    def watched(*args: Any, **kwargs: Any) -> Any:
        if name == "open" and not args[1] & os.O_CREAT:
            return function(*args, **kwargs)
        call = Call(_phase.name, name, _path(args[0]))
        before(call)
        result = function(*args, **kwargs)
        after(call)
        return result

    return watched


def _path(target: Any) -> str:
    if isinstance(target, int):
        return os.readlink(f"/proc/self/fd/{target}")
    return os.path.abspath(os.fsdecode(target))


def _connection_class(before: Hook, after: Hook) -> type[sqlite3.Connection]:  # noqa: C901 - one small class, which knows its hooks
    class Connection(sqlite3.Connection):
        """Says when it commits what was written."""

        def __init__(self, database: str, *args: Any, **kwargs: Any) -> None:
            super().__init__(database, *args, **kwargs)
            self.path = os.path.abspath(database)
            self.writes = False
            self.committed = 0

        def commit(self) -> None:
            """Commit as SQLAlchemy does, in a call of its own."""
            if self.total_changes == self.committed:
                super().commit()
                return
            call = Call(_phase.name, "commit", self.path)
            try:
                before(call)
            except sqlite3.Error:
                self.rollback()  # SQLite does that by itself when a commit fails
                raise
            super().commit()
            self.committed = self.total_changes
            after(call)

        def rollback(self) -> None:
            """Take back what was written: the next commit may be that of a reader."""
            super().rollback()
            self.committed = self.total_changes

        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            if sql.startswith("BEGIN"):
                self.writes = sql == "BEGIN IMMEDIATE"
            if sql != "COMMIT" or not self.writes:
                return super().execute(sql, *parameters)
            call = Call(_phase.name, "commit", self.path)
            before(call)
            cursor = super().execute(sql, *parameters)
            after(call)
            return cursor

    return Connection
