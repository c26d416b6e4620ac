"""A step that some orders fail at."""

from databus.errors import Retry
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.processor.abstract_processor import AbstractProcessor

UNREACHABLE = ("SO-10437", "SO-10455", "SO-10461")


class CheckStock(AbstractProcessor):
    """Asks the warehouse whether everything is there."""

    def process(self, passengers: list[PassengerQueueStatus]) -> None:
        """Ask."""
        for status in passengers:
            order = status.passenger.external_id
            if order in UNREACHABLE:
                raise Retry(600, reason=f"stock.example:443 did not answer for {order} within 30 seconds")
            self.log.append_text(f"{order}: everything is in stock")
