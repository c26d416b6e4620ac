"""A processor that changes most documents: a new content, a new name, one attachment more and one less."""

from pathlib import Path

from pydantic import BaseModel

from databus.passenger.attachment import Attachment
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.processor.abstract_processor import AbstractProcessor
from tests.faults.events import Events
from tests.faults.plugins.document import as_pulled, contents, is_changed_by_processor


class ChangeSettings(BaseModel):
    """Where to say what happened."""

    events: str
    life: int = 0


class Change(AbstractProcessor):
    """Changes one document."""

    Settings = ChangeSettings

    def process(self, passengers: list[PassengerQueueStatus]) -> None:
        """Change it, unless it is not as it was pulled."""
        (status,) = passengers
        passenger = status.passenger
        name = str(passenger.external_id)
        events = Events(Path(self.settings.events), self.settings.life)
        if contents(passenger) != as_pulled(name):
            events.add("wrong", name)
            raise ValueError(f"{name} is not as it was pulled")
        events.add("processed", name)
        if is_changed_by_processor(name):
            content, renamed, _ = passenger.attachments
            content.text_content = f"changed content of {name}"
            renamed.name = "renamed.bin"
            passenger.attachments = [content, renamed, Attachment("added.txt", text_content="added")]
