"""A processor of workload W, which does nothing."""

from databus.pqueue.queue_status import PassengerQueueStatus
from databus.processor.abstract_processor import AbstractProcessor


class WorkloadProcessor(AbstractProcessor):
    """Does nothing, so that only the cost of Databus is measured."""

    def process(self, passengers: list[PassengerQueueStatus]) -> None:
        """Do nothing."""
