"""Being told of every drive."""

from databus.client.client import Client
from databus.client.client_passenger import ClientPassenger
from databus.client.log import Log


class DispatcherObserver:
    """Derive from it and hand an object to the dispatcher's ticket.

    Its methods are called on the drive's thread; what they raise is logged and changes nothing else.
    """

    def drive_passenger_complete(self, client: Client, client_passenger: ClientPassenger, log: Log) -> None:
        """A drive of a route has ended, well or badly: ``log.has_error`` tells."""
