"""A pusher that reads text attachments."""

from databus.passenger.attachment import AttachmentFormat
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pusher.abstract_pusher import AbstractPusher


class DemoPusher2(AbstractPusher):
    """Writes the beginning of each text attachment to the log."""

    def push(self, passenger: PassengerQueueStatus) -> None:
        """Log one line per text attachment."""
        for attachment in passenger.passenger.attachments:
            if attachment.format is AttachmentFormat.text:
                beginning = (attachment.text_content or "")[:60].strip()
                self.log.append_text(f"{passenger.passenger.id_text}: {attachment.name} says {beginning!r}")
