"""Errors of the operating system and of SQLite as sentences a person can act on."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from databus.errors import StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT}

_LITTLE = 1 << 16
"""With fewer bytes of room than this, a disk is as good as full: SQLite writes in pieces of 32 KiB."""


class Damaged(Exception):
    """A queue entry is not what Databus wrote and cannot be used; the text says which file and why."""


class Unstorable(Exception):
    """A passenger to be seated cannot be stored; the text says why."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error of SQLite says that its file is damaged."""
    # The subclasses mean something else: a full disk, a closed connection, a wrong statement.
    return type(error) is sqlite3.DatabaseError


@contextmanager
def store_errors(place: str) -> Iterator[None]:
    """Turn errors of files and of the index into StoreError.

    Args:
        place: What to name where the error itself names no file.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(_sentence(error, place)) from error
    except sqlite3.Error as error:
        raise StoreError(_index_sentence(error, place)) from error


def _sentence(error: OSError, place: str) -> str:
    path = error.filename if isinstance(error.filename, str) else place
    if error.errno in _FULL:
        return f"The disk is full: {path} cannot be written; nothing was lost, make room and it goes on"
    return f"{path}: {error.strerror or error}"


def _index_sentence(error: sqlite3.Error, place: str) -> str:
    if "full" in str(error) or (_is_io_error(error) and _has_no_room(place)):
        return f"The disk is full: the index in {place} cannot be written; nothing was lost, make room and it goes on"
    return f"The index in {place} cannot be used: {error}"


def _is_io_error(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_IOERR


def _has_no_room(place: str) -> bool:
    # SQLite says "disk I/O error" where it is the file of its shared memory for which there is no room.
    try:
        disk = os.statvfs(place)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LITTLE
