"""A puller that returns a list: two new orders, each with a text attachment."""

import json
from typing import ClassVar
from uuid import uuid4

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.demo.demo_passenger_1 import DemoPassenger1
from databus.puller.abstract_puller import AbstractPuller


class DemoPuller1(AbstractPuller):
    """Makes up two orders, which wait like those of a real source: the same ones until they are seated."""

    _waiting: ClassVar[dict[str, int]] = {}
    """Amounts by order: of the class, because each pull and each peek has a puller of its own."""

    def pull(self) -> list[AbstractPassenger]:
        """Return two orders."""
        if not self._waiting:
            self._waiting.update({f"ORDER-{uuid4().hex}": amount for amount in (100, 250)})
        return [self._order(order, amount) for order, amount in list(self._waiting.items())]

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """Say so, and let them wait no longer; a real source would now delete or mark them."""
        for passenger in seated_passengers:
            self._waiting.pop(passenger.external_id, None)
            self.log.append_text(f"Seated {passenger.id_text}")

    def _order(self, external_id: str, amount: int) -> DemoPassenger1:
        order = DemoPassenger1(external_id=external_id, source_system="DEMO_SYSTEM", puller_module=self.__module__)
        content = json.dumps({"order": order.external_id, "amount": amount, "currency": "EUR"})
        order.attachments.append(Attachment(name="order.json", format=AttachmentFormat.text, text_content=content))
        return order
