"""Where orders go to."""

from databus.client.log import LogEntry, MessageType
from databus.errors import Reject
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pusher.abstract_pusher import AbstractPusher

UNWANTED = "SO-10466"
LATE = "SO-10444"


class Erp(AbstractPusher):
    """Writes orders into the ERP system, which does not take all of them."""

    def push(self, passenger: PassengerQueueStatus) -> None:
        """Write one."""
        order = passenger.passenger.external_id
        if order == UNWANTED:
            raise Reject(f"customer 4711 of {order} is blocked in the ERP: release it there, then try again")
        if order == LATE:
            self.log.append_entry(LogEntry(f"{order}: the ERP answered slowly (2.3 s)", type=MessageType.warning))
        self.log.append_text(f"{order}: written as sales document 55{order[-4:]}")
