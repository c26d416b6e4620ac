"""Who has claimed something through the process that owns a database of files: a lock that dies with whoever has.

The owner's end is not the end of those who work through it: what they have leased must still be theirs when the next
owner opens the database.
"""

import errno
import fcntl
import os
from pathlib import Path

from databus.errors import StoreError

_FILE = ".borrowers"


class Borrowing:
    """Says for a process that does not own a database that it may have leases there.

    Args:
        folder: The folder where the owner says how others reach it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fd: int | None = None

    def begin(self) -> None:
        """Let the next owner leave leases and locks as they are, until ``end`` or this process's end.

        Raises:
            StoreError: It cannot be said.
        """
        if self._fd is not None:
            return
        try:
            fd = _opened(self._folder)
            fcntl.flock(fd, fcntl.LOCK_SH)  # an owner that looks holds it for a moment only
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be locked: {error}") from error
        self._fd = fd

    def end(self) -> None:
        """Say that it has no leases any more."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def is_borrowed(folder: Path) -> bool:
    """Whether processes live that may have leases although they do not own the database; its owner asks.

    Raises:
        StoreError: It cannot be found out.
    """
    try:
        fd = _opened(folder)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(fd)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return True
        raise StoreError(f"{folder} cannot be locked: {error}") from error
    return False


def _opened(folder: Path) -> int:
    return os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
