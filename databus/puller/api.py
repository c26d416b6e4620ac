"""The puller of passengers that others hand over through the REST API: there is nothing to pull."""

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.puller.abstract_puller import AbstractPuller


class ApiPuller(AbstractPuller):
    """Stands for whoever handed a passenger over, who was told by the answer that it is seated."""

    def pull(self) -> list[AbstractPassenger]:
        """Give nothing."""
        return []

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """Tell nobody."""
