"""Lets only e-mails with Excel files travel on."""

from databus.passenger.extensions import has_extension
from databus.pqueue.queue_status import PassengerQueueStatus, QueueStatus
from databus.processor.abstract_processor import AbstractProcessor

EXCEL = ("xls", "xlsx")


class EmailFilterExcelAttachment(AbstractProcessor):
    """Completes e-mails without an Excel attachment (``.xls``, ``.xlsx``), so that they go no further."""

    def process(self, passengers: list[PassengerQueueStatus]) -> None:
        """Complete those without an Excel attachment."""
        for status in passengers:
            if not any(has_extension(attachment.name, EXCEL) for attachment in status.passenger.attachments):
                status.set_all_processor_statuses(QueueStatus.complete)
                status.set_all_pusher_statuses(QueueStatus.complete)
                self.log.append_text(f"{status.passenger.id_text} goes no further: it has no Excel file", __name__)
