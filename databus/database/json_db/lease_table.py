"""Locks by name. They need not be on disk: one process owns the database, and with it they end."""

import threading
from datetime import datetime, timedelta


class LeaseTable:
    """Who holds which lock until when."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, datetime]] = {}
        self._lock = threading.Lock()

    def take(self, name: str, *, owner: str, lease: timedelta, now: datetime) -> bool:
        """Take, renew or give back a lock; see ``AbstractDatabase.lock``."""
        with self._lock:
            holder, until = self._held.get(name, (owner, now))
            if holder != owner and until > now:
                return False
            self._held.pop(name, None)
            if lease:
                self._held[name] = (owner, now + lease)
            return True
