"""One process owns a database of files, by a lock that dies with it."""

import errno
import fcntl
import os
import socket
from contextlib import suppress
from datetime import datetime

import orjson

from databus.errors import StoreOwned


class OwnerLock:
    """The lock of a folder, with a file beside it that says who holds it.

    Args:
        folder: The folder that is owned, or belongs to what is owned; it is made.
        of: What is owned, as an error names it; the folder where it is empty.
    """

    def __init__(self, folder: str, *, of: str = "") -> None:
        self._folder = folder
        self._of = of or folder
        self._owner = f"{folder}/.owner.json"
        self._fd: int | None = None
        self._pid = 0

    def take(self, now: datetime) -> None:
        """Take the lock.

        Raises:
            StoreOwned: Another process has it.
        """
        os.makedirs(self._folder, exist_ok=True)
        fd = os.open(f"{self._folder}/.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": now}
            self._write(orjson.dumps(owner))
        except BaseException as error:
            os.close(fd)
            if isinstance(error, OSError) and error.errno in (errno.EAGAIN, errno.EACCES):
                raise StoreOwned(f"{self._of} is in use by {self._holder()}; stop that one first") from error
            raise
        self._fd, self._pid = fd, os.getpid()

    def release(self) -> None:
        """Give the lock back, also where a child that was forked meanwhile still has its file open."""
        if self._fd is not None:
            if self._pid == os.getpid():  # the lock is not a child's to give back
                with suppress(OSError):
                    os.unlink(self._owner)
                with suppress(OSError):
                    fcntl.flock(self._fd, fcntl.LOCK_UN)
            os.close(self._fd)
            self._fd = None

    def _write(self, content: bytes) -> None:
        new = f"{self._owner}.new"
        with open(new, "wb") as file:
            file.write(content)
        os.replace(new, self._owner)

    def _holder(self) -> str:
        try:
            with open(self._owner, "rb") as file:
                owner = orjson.loads(file.read())
            return f"process {owner['pid']} on {owner['host']} since {owner['since']}"
        except (OSError, ValueError, TypeError, KeyError):
            return "another process"
