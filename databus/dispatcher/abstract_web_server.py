"""What a dispatcher expects of the web page that runs in its process."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from databus.client.external_config import ExternalConfigFile
from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.active_drive import ActiveDrive
from databus.dispatcher.activity import Activity

LARGEST_PASSENGER = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class WebTicket:
    """All that a web page needs.

    Attributes:
        host, port: Where it listens; port 0 takes a free one.
        alias: Name of the installation.
        largest_passenger: Bytes of a passenger that is handed over through the API, with its attachments.
        expedite: Asks for a drive of a client's route; None where nothing is driven in this process.
        activity: Tells what happens to a client's route in this process; None where nothing is driven in it.
        external_config_files: Files that administrators may edit.
        shutdown: Lets the dispatcher of this process end in order; None where it has none.
        drives: Tells what that dispatcher drives now; None likewise.
        trusted_proxies: Addresses and networks of reverse proxies, which are believed who asks, and whether over TLS.
        host_names: Under which it is asked for; where none are given, those that this machine knows as its own.
    """

    database: AbstractDatabase
    host: str
    port: int
    alias: str
    largest_passenger: int = LARGEST_PASSENGER
    expedite: Callable[[str, str], None] | None = None
    activity: Callable[[str, str], Activity] | None = None
    external_config_files: Sequence[ExternalConfigFile] = ()
    shutdown: Callable[[], None] | None = None
    drives: Callable[[], Sequence[ActiveDrive]] | None = None
    trusted_proxies: Sequence[str] = ()
    host_names: Sequence[str] = ()


class AbstractWebServer(ABC):
    """A web page in threads of its own."""

    def __init__(self, ticket: WebTicket) -> None:
        self.ticket = ticket

    @abstractmethod
    def listen(self) -> str:
        """Begin to listen, quickly; return the address for a browser. Who connects now waits for :meth:`serve`.

        Raises:
            DatabusError: The port is taken, or may not be used, or other machines would be let in while everybody
                knows a password; the text says what to do.
        """

    @abstractmethod
    def serve(self) -> None:
        """Begin to answer. This returns at once."""

    @abstractmethod
    def stop(self) -> None:
        """Answer what was asked, but nothing more. Stopping what never listened does nothing."""
