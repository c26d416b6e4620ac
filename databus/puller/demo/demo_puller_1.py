"""A puller that returns a list: two new orders, each with a text attachment."""

import json
from uuid import uuid4

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.demo.demo_passenger_1 import DemoPassenger1
from databus.puller.abstract_puller import AbstractPuller


class DemoPuller1(AbstractPuller):
    """Makes up two orders at each pull."""

    def pull(self) -> list[AbstractPassenger]:
        """Return two orders."""
        return [self._order(amount) for amount in (100, 250)]

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """Say so; a real source would now delete or mark them."""
        for passenger in seated_passengers:
            self.log.append_text(f"Seated {passenger.id_text}")

    def _order(self, amount: int) -> DemoPassenger1:
        order = DemoPassenger1(
            external_id=f"ORDER-{uuid4().hex}", source_system="DEMO_SYSTEM", puller_module=self.__module__
        )
        content = json.dumps({"order": order.external_id, "amount": amount, "currency": "EUR"})
        order.attachments.append(Attachment(name="order.json", format=AttachmentFormat.text, text_content=content))
        return order
