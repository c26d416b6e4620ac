"""A puller of binary content."""

import os
from uuid import uuid4

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.demo.demo_binary_passenger import DemoBinaryPassenger
from databus.puller.abstract_puller import AbstractPuller


class DemoBinaryPuller(AbstractPuller):
    """Makes up one picture of noise at each pull: 32 by 32 grey dots in the PGM format."""

    def pull(self) -> list[AbstractPassenger]:
        """Return one picture."""
        picture = DemoBinaryPassenger(
            external_id=f"PICTURE-{uuid4().hex}", source_system="DEMO_CAMERA", puller_module=self.__module__
        )
        content = b"P5 32 32 255\n" + os.urandom(32 * 32)
        picture.attachments.append(
            Attachment(name="picture.pgm", format=AttachmentFormat.binary, binary_content=content)
        )
        return [picture]

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """Say so; a real source would now delete or mark them."""
        for passenger in seated_passengers:
            self.log.append_text(f"Seated {passenger.id_text}")
