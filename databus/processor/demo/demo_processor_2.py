"""A processor that checks, changes nothing, and takes several passengers at once."""

from databus.client.log import LogEntry, MessageType
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.processor.abstract_processor import AbstractProcessor


class DemoProcessor2(AbstractProcessor):
    """Warns of passengers that have no attachments."""

    batch_size = 10

    def process(self, passengers: list[PassengerQueueStatus]) -> None:
        """Write a warning for each passenger without attachments."""
        for status in passengers:
            if not status.passenger.attachments:
                warning = LogEntry(f"{status.passenger.id_text} has no attachments", type=MessageType.warning)
                self.log.append_entry(warning)
