"""Clients: companies or departments with their own configuration, queue, log and users."""

from datetime import datetime, timedelta
from typing import ClassVar

from databus.client.client_passenger import ClientPassenger
from databus.client.user import User
from databus.compat import p_keywords
from databus.errors import DatabusError, NotFound
from databus.timestamps import LocalTime, utc_now


class ClientError(DatabusError):
    """Something is wrong with a client."""

    @property
    def message(self) -> str:
        """The error as text."""
        return str(self)


class ClientPassengerError(ClientError, NotFound):
    """A client does not transport such a passenger type."""


@p_keywords
class Client:
    """A client.

    Args:
        id: Its id, which is also its folder's name.
        passengers: What it transports.
        log_life_span: Days for which logs of drives are kept; all others for a year at least.
        users: Who may enter it.
    """

    ROOT: ClassVar[str] = "root"
    """The id of the client whose users manage the whole system."""

    def __init__(
        self,
        id: str = "Undefined",
        passengers: list[ClientPassenger] | None = None,
        log_life_span: float = 0,
        users: list[User] | None = None,
    ) -> None:
        self.id = id
        self.passengers = [] if passengers is None else passengers
        self.log_life_span = log_life_span
        self.users = [] if users is None else users

    def __repr__(self) -> str:
        return f"<Client {self.id!r}>"

    @property
    def log_expiry_date(self) -> datetime:
        """Logs that are older may be deleted: aware, in local time."""
        return LocalTime.of(utc_now() - timedelta(days=self.log_life_span))

    def get_client_passenger(self, name: str) -> ClientPassenger:
        """Return what the client does with a passenger type.

        Raises:
            ClientPassengerError: It does nothing with it.
        """
        for passenger in self.passengers:
            if passenger.name == name:
                return passenger
        raise ClientPassengerError(f"Client {self.id} does not transport {name}")
