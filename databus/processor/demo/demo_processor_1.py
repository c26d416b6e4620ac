"""A processor that adds an attachment."""

import json

from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.processor.abstract_processor import AbstractProcessor


class DemoProcessor1(AbstractProcessor):
    """Adds ``contents.json``, which lists the passenger's other attachments."""

    NAME = "contents.json"

    def process(self, passengers: list[PassengerQueueStatus]) -> None:
        """Add the list. It may run again after a failure, so it replaces what is there."""
        for status in passengers:
            passenger = status.passenger
            others = [attachment for attachment in passenger.attachments if attachment.name != self.NAME]
            content = json.dumps([{"name": other.name, "bytes": other.size} for other in others])
            contents = Attachment(name=self.NAME, format=AttachmentFormat.text, text_content=content)
            passenger.attachments = [*others, contents]
            self.log.append_text(f"Listed {len(others)} attachments of {passenger.id_text}")
