"""A target that appends one line per push and syncs it."""

import os
from pathlib import Path

from pydantic import BaseModel

from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pusher.abstract_pusher import AbstractPusher
from tests.faults.events import Events


class AddresseeSettings(BaseModel):
    """Where the lines go."""

    folder: str


class Addressee(AbstractPusher):
    """Takes one parcel."""

    Settings = AddresseeSettings

    def push(self, passenger: PassengerQueueStatus) -> None:
        """Append its name, unless its content is another one's."""
        name = str(passenger.passenger.external_id)
        events = Events(Path(self.settings.folder, "events"), os.getpid())
        (attachment,) = passenger.passenger.attachments
        if attachment.text_content != f"content of {name}":
            events.add("wrong", name)
            raise ValueError(f"{name} is not what it must be")
        events.add("pushed", name)
