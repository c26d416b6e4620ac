"""A puller that is a generator, so that its passengers need not be in memory all at once."""

from collections.abc import Iterator
from uuid import uuid4

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.demo.demo_passenger_2 import DemoPassenger2
from databus.puller.abstract_puller import AbstractPuller

_SIGNATURE = bytes(range(256))


class DemoPuller2(AbstractPuller):
    """Makes up two invoices at each pull, each with a text and a binary attachment."""

    def pull(self) -> Iterator[AbstractPassenger]:
        """Yield two invoices."""
        for customer in ("Ada", "Grace"):
            invoice = DemoPassenger2(
                external_id=f"INVOICE-{uuid4().hex}", source_system="DEMO_SYSTEM", puller_module=self.__module__
            )
            invoice.attachments = [
                Attachment(name="invoice.txt", format=AttachmentFormat.text, text_content=f"Invoice for {customer}\n"),
                Attachment(name="signature.bin", format=AttachmentFormat.binary, binary_content=_SIGNATURE),
            ]
            yield invoice

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """Say so; a real source would now delete or mark them."""
        for passenger in seated_passengers:
            self.log.append_text(f"Seated {passenger.id_text}")
