"""A second puller of orders: a route may have several."""

from uuid import uuid4

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.demo.demo_passenger_1 import DemoPassenger1
from databus.puller.abstract_puller import AbstractPuller


class DemoPuller3(AbstractPuller):
    """Makes up one order at each pull."""

    def pull(self) -> list[AbstractPassenger]:
        """Return one order."""
        order = DemoPassenger1(
            external_id=f"FAX-{uuid4().hex}", source_system="DEMO_FAX", puller_module=self.__module__
        )
        order.attachments.append(
            Attachment(name="order.txt", format=AttachmentFormat.text, text_content="Twelve lamps, please.\n")
        )
        return [order]

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """Say so; a real source would now delete or mark them."""
        for passenger in seated_passengers:
            self.log.append_text(f"Seated {passenger.id_text}")
