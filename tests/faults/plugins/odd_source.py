"""A source of odd names, each given until it is seated."""

from collections.abc import Iterator
from pathlib import Path

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.puller.abstract_puller import AbstractPuller
from tests.faults.events import Events
from tests.faults.plugins import odd_names
from tests.faults.plugins.odd_document import OddDocument


class OddSource(AbstractPuller):
    """Gives what it was not told is seated."""

    Settings = odd_names.Settings

    def pull(self) -> Iterator[AbstractPassenger]:
        """Give the passengers; every second has an internal id that is as odd as the rest."""
        forgotten = self._events.names("notified")
        for odd in odd_names.pulled(self.settings.seed, self.settings.passengers):
            if str(odd.number) not in forgotten:
                yield OddDocument(
                    external_id=odd.external_id,
                    internal_id=odd.external_id if odd.number % 2 else None,
                    source_system=odd.source_system,
                    puller_module=__name__,
                    attachments=odd_names.attachments_of(odd),
                )

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """Forget them."""
        known = odd_names.pulled_by_identity(self.settings.seed, self.settings.passengers)
        odds = [known[str(each.source_system), str(each.external_id)] for each in seated_passengers]
        self._events.add("notified", *(str(odd.number) for odd in odds))

    @property
    def _events(self) -> Events:
        return Events(Path(self.settings.events))
