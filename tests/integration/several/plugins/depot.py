"""A source that notices when it is pulled twice at once."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment
from databus.puller.abstract_puller import AbstractPuller
from tests.faults.events import Events
from tests.integration.several.plugins.parcel import Parcel
from tests.integration.several.waiting import wait_until

FIRST = 300
"""Parcels that are given before it waits for the helper."""


class DepotSettings(BaseModel):
    """What it holds, and where to say what happened.

    Attributes:
        name: The parcels' names begin so.
        helped: Whether it gives the rest only when some of the first are pushed, which another process must do.
    """

    folder: str
    name: str
    number: int
    helped: bool = False


class Depot(AbstractPuller):
    """Gives the same parcels each time."""

    Settings = DepotSettings

    def pull(self) -> Iterator[AbstractPassenger]:
        """Give the parcels; a lock of the operating system, which dies with its process, shows who else does."""
        settings = self.settings
        events = Events(Path(settings.folder, "events"), os.getpid())
        with open(f"{settings.folder}/{settings.name}.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                events.add("overlap", settings.name)
                raise
            events.add("pull", settings.name)
            for index in range(settings.number):
                if settings.helped and index == FIRST:
                    wait_until(lambda: self._is_helped(events), "nobody helps")
                yield self._parcel(f"{settings.name}-{index}")

    def _is_helped(self, events: Events) -> bool:
        # This drive pushes when the pull is over, so who pushes now is another.
        return any(name.startswith(f"{self.settings.name}-") for name in events.names("pushed"))

    def _parcel(self, name: str) -> Parcel:
        attachment = Attachment("content.txt", text_content=f"content of {name}")
        return Parcel(name, f"id-{name}", "depot", [attachment], __name__)

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """Forget nothing."""
