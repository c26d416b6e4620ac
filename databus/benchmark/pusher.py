"""The target of workload W."""

from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pusher.abstract_pusher import AbstractPusher


class WorkloadPusher(AbstractPusher):
    """Counts what is pushed."""

    count = 0

    def push(self, passenger: PassengerQueueStatus) -> None:
        """Count."""
        self.count += 1
