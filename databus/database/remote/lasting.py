"""A database that stays usable when the process ends that owns it."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from databus.database.abstract_database import AbstractDatabase
from databus.database.borrowing import Borrowing
from databus.database.remote.remote_database import OwnerGone, RemoteDatabase
from databus.errors import StoreError, StoreOwned

PATIENCE = 30.0
"""Seconds that a call waits for the next owner: half a lease, so that what was claimed is still held then."""

PAUSE = 0.05

LEASING = frozenset({"claim", "lock"})
"""Calls that give the caller what must outlive the owner."""

_logger = logging.getLogger("databus")


class LastingDatabase(RemoteDatabase):
    """Lets the owner do every call; when that process has ended, works through the next one, or becomes it.

    Args:
        endpoint: The path of the owner's ``owner_endpoint.json``.
        own: Opens the database as its owner, for the time of a ``with`` block; raises ``StoreOwned`` while another
            process has it.
        patience: Seconds that a call waits until the database can be reached or owned.
    """

    def __init__(
        self, endpoint: Path, own: Callable[[], AbstractContextManager[AbstractDatabase]], *, patience: float = PATIENCE
    ) -> None:
        super().__init__({"endpoint": endpoint})
        self._own = own
        self._patience = patience
        self._borrowing = Borrowing(endpoint.parent)
        self._lock = threading.RLock()
        self._stack = ExitStack()
        self._owned: AbstractDatabase | None = None
        self._closed = False

    def open(self) -> None:
        """Connect to the owner."""
        self._closed = False
        super().open()

    def close(self) -> None:
        """Close the connections; what this process has come to own is given back."""
        with self._lock:
            self._closed = True
            self._owned = None
            try:
                self._stack.close()
            finally:
                super().close()
                self._borrowing.end()

    def call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Do a call of the contract, whoever owns the database.

        Raises:
            StoreUnreachable: Nobody can be reached, and the database not be owned, for too long; or the owner has gone
                during a call that must not be done twice: then it may have been done.
        """
        until = None
        while True:
            owned = self._owned
            if owned is not None:
                return getattr(owned, name)(*args, **kwargs)
            if name in LEASING:
                self._say_leasing()
            try:
                return super().call(name, args, kwargs)
            except OwnerGone:
                until = until or time.monotonic() + self._patience
                if not self._take_over():
                    if time.monotonic() >= until:
                        raise
                    time.sleep(PAUSE)

    def _say_leasing(self) -> None:
        with self._lock:
            if not self._closed:
                self._borrowing.begin()

    def _take_over(self) -> bool:
        """Become the owner; return whether this process is it now."""
        with self._lock:
            if self._closed:
                raise StoreError("The database is closed")
            if self._owned is None:
                try:
                    self._owned = self._stack.enter_context(self._own())
                except StoreOwned:
                    return False
                _logger.info("The process that owned the database has ended; this one owns it now")
            return True
