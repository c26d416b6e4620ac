"""A processor that changes odd names into others."""

from databus.passenger.text_bytes import bytes_to_text
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.processor.abstract_processor import AbstractProcessor
from tests.faults.plugins import odd_names


class OddChange(AbstractProcessor):
    """Changes a passenger that is as it was pulled; each change is made in the way of a plug-in."""

    Settings = odd_names.Settings

    def process(self, passengers: list[PassengerQueueStatus]) -> None:
        """Change one."""
        passenger = passengers[0].passenger
        known = odd_names.pulled_by_identity(self.settings.seed, self.settings.passengers)
        odd = known[str(passenger.source_system), str(passenger.external_id)]
        if odd_names.seen(odd.number, passenger) != odd:
            raise ValueError(f"{odd.number} is not as it was pulled")
        wanted = odd_names.processed(odd)
        passenger.external_id = wanted.external_id
        for attachment, (name, _, data), before in zip(
            passenger.attachments, wanted.attachments, odd.attachments, strict=True
        ):
            attachment.name = name
            if data != before[2]:
                attachment.text_content = bytes_to_text(data)
