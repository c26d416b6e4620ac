"""Taking turns: of several processes on one database, one at a time drives a route when it is due."""

import contextlib
import threading
import uuid
from datetime import datetime, timedelta

from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.driving import this_process
from databus.errors import StoreError

RouteKey = tuple[str, str]

PARTS = 12
"""A turn is renewed this many times in the time that a claim holds."""

MARGIN = timedelta(seconds=2)
"""Renewals may be late by this much: the dispatcher's tick, and a slow database."""


def is_shared(database: AbstractDatabase) -> bool:
    """Whether several processes may work on a database at once."""
    return database.endpoint_folder is None


class Turns:
    """The turns that this process has.

    A turn is a lock in the database. It outlasts every claim of the drive: whoever gets the turn of a process that was
    killed finds its passengers free.

    Args:
        lease: How long a claim holds without being renewed.
    """

    def __init__(self, database: AbstractDatabase, *, lease: timedelta) -> None:
        self._database = database
        self.pause = lease / PARTS
        self._lease = lease + 2 * self.pause + MARGIN
        self._owner = f"{this_process()} {uuid.uuid4()}"
        self._held: dict[RouteKey, datetime] = {}
        self._lock = threading.Lock()

    def take(self, key: RouteKey, *, now: datetime) -> bool:
        """Take a route's turn; False where another process has it."""
        with self._lock:  # a drive that ends meanwhile gives back another turn than this one
            taken = self._set(key, self._lease, now)
            if taken:
                self._held[key] = now
        return taken

    def renew(self, *, now: datetime) -> None:
        """Keep the turns; to be called every second."""
        with self._lock:
            for key, renewed in list(self._held.items()):
                # A turn that was lost, because this process slept, is another's: fences keep the two apart.
                if not timedelta(0) <= now - renewed < self.pause and self._set(key, self._lease, now):
                    self._held[key] = now

    def give_back(self, key: RouteKey, *, now: datetime) -> None:
        """End a turn. Where the database cannot be told, the turn ends by itself."""
        with self._lock:
            self._held.pop(key, None)
            with contextlib.suppress(StoreError):
                self._set(key, timedelta(0), now)

    def _set(self, key: RouteKey, lease: timedelta, now: datetime) -> bool:
        client_id, passenger_module = key
        return self._database.lock(f"drive {client_id} {passenger_module}", owner=self._owner, lease=lease, now=now)
