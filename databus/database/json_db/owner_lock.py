"""One process owns a json_db folder, by a lock that dies with it."""

import errno
import fcntl
import os
import socket
from contextlib import suppress
from datetime import datetime

from databus.database.json_db.disk import make_folder, read_file, replace_file
from databus.database.json_db.json_text import dumps, loads
from databus.errors import StoreOwned


class OwnerLock:
    """The lock of a folder, with a file beside it that says who holds it.

    Args:
        folder: The folder that is owned.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._owner = f"{folder}/.owner.json"
        self._fd: int | None = None

    def take(self, now: datetime) -> None:
        """Take the lock.

        Raises:
            StoreOwned: Another process has it.
        """
        make_folder(self._folder)
        fd = os.open(f"{self._folder}/.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": now}
            replace_file(self._owner, dumps(owner))
        except BaseException as error:
            os.close(fd)
            if isinstance(error, OSError) and error.errno in (errno.EAGAIN, errno.EACCES):
                raise StoreOwned(f"{self._folder} is in use by {self._holder()}; stop that one first") from error
            raise
        self._fd = fd

    def release(self) -> None:
        """Give the lock back."""
        if self._fd is not None:
            with suppress(OSError):
                os.unlink(self._owner)
            os.close(self._fd)
            self._fd = None

    def _holder(self) -> str:
        try:
            owner = loads(read_file(self._owner))
            return f"process {owner['pid']} on {owner['host']} since {owner['since']}"
        except (OSError, ValueError, TypeError, KeyError):
            return "another process"
