"""Noticing that the client of a drive was taken hold of, such as by an export."""

import time

from databus.database.abstract_database import AbstractDatabase
from databus.database.hold import Hold, effective_hold
from databus.timestamps import utc_now

LOOK_AGAIN = 1.0
"""Seconds for which an answer counts; whoever began the drive has just looked."""


class HoldWatch:
    """Looks now and then who holds a client: a drive that pulls for minutes has no lease that an export could see."""

    def __init__(self, database: AbstractDatabase, client_id: str) -> None:
        self._database = database
        self._client_id = client_id
        self._asked = time.monotonic()

    def hold(self) -> Hold | None:
        """Return who holds the client, as far as that was looked at just now; None for nobody."""
        if time.monotonic() - self._asked < LOOK_AGAIN:
            return None
        found = effective_hold(self._database, self._client_id, now=utc_now())
        if found is None:  # else it is asked again each time
            self._asked = time.monotonic()
        return found
