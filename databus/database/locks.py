"""Locks by name, in memory."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class Locks:
    """Who has which lock until when; whoever calls it lets one thread in at a time."""

    _holders: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def take(self, name: str, *, owner: str, lease: timedelta, now: datetime) -> bool:
        """Take, renew or give back a lock; False while another owner has it."""
        holder, until = self._holders.get(name, (owner, now))
        if holder != owner and until > now:
            return False
        self._holders.pop(name, None)
        if lease:
            self._holders[name] = (owner, now + lease)
        return True
