"""A target that checks every byte and name."""

from pathlib import Path

from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pusher.abstract_pusher import AbstractPusher
from tests.faults.events import Events
from tests.faults.plugins import odd_names


class OddTarget(AbstractPusher):
    """Takes what is as it must be."""

    Settings = odd_names.Settings

    def push(self, passenger: PassengerQueueStatus) -> None:
        """Take one."""
        known = odd_names.processed_by_identity(self.settings.seed, self.settings.passengers)
        own = passenger.passenger
        odd = known[str(own.source_system), str(own.external_id)]
        if odd_names.seen(odd.number, own) != odd:
            raise ValueError(f"{odd.number} is not what it must be: {odd_names.seen(odd.number, own)!r}, not {odd!r}")
        Events(Path(self.settings.events)).add("pushed", str(odd.number))
