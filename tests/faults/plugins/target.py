"""A target that appends one line per push and syncs it."""

from pathlib import Path

from pydantic import BaseModel

from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pusher.abstract_pusher import AbstractPusher
from tests.faults.events import Events
from tests.faults.plugins.document import as_pushed, contents


class TargetSettings(BaseModel):
    """Where the lines go."""

    events: str
    life: int = 0


class Target(AbstractPusher):
    """Takes one document."""

    Settings = TargetSettings

    def push(self, passenger: PassengerQueueStatus) -> None:
        """Append its name, unless it is not as it must be."""
        name = str(passenger.passenger.external_id)
        events = Events(Path(self.settings.events), self.settings.life)
        if contents(passenger.passenger) != as_pushed(name):
            events.add("wrong", name)
            raise ValueError(f"{name} is not what it must be when it is pushed")
        events.add("pushed", name)
