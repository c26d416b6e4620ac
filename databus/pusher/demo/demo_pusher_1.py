"""A pusher that logs what it delivers."""

from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pusher.abstract_pusher import AbstractPusher


class DemoPusher1(AbstractPusher):
    """Writes the names and sizes of the attachments to the log."""

    def push(self, passenger: PassengerQueueStatus) -> None:
        """Log one line per attachment."""
        for attachment in passenger.passenger.attachments:
            self.log.append_text(f"{passenger.passenger.id_text}: {attachment.name}, {attachment.size} bytes")
