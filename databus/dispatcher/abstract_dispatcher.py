"""What a dispatcher is started with, and what it can be asked for."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from databus.client.external_config import ExternalConfigFile
from databus.compat import p_keywords
from databus.dispatcher.observer import DispatcherObserver

JSON_DB = "databus.database.json_db.json_database"
PRIMAL_DRIVER = "databus.driver.primal_driver"


@p_keywords
class DispatcherTicket:
    """What a dispatcher is started with.

    Args:
        database_module: Module of the database engine; default json_db.
        database_arguments: The engine's arguments; default json_db under ``data/json_db``.
        driver_module: Module of the driver.
        dispatcher_observer: Is told of every drive.
        run_web_server: Whether the web page is started, too.
        web_server_port: Where it listens.
        external_config_files: Further files that administrators may edit on the web page.
        system_alias: Name of this installation, such as "Test".
        max_drives: How many routes are driven side by side.
    """

    def __init__(
        self,
        database_module: str = JSON_DB,
        database_arguments: Mapping[str, Any] | None = None,
        driver_module: str = PRIMAL_DRIVER,
        dispatcher_observer: DispatcherObserver | None = None,
        run_web_server: bool = True,
        web_server_port: int = 5000,
        external_config_files: Sequence[ExternalConfigFile] = (),
        system_alias: str = "",
        *,
        max_drives: int = 32,
    ) -> None:
        self.database_module = database_module or JSON_DB
        self.database_arguments = dict(database_arguments or {})
        self.driver_module = driver_module or PRIMAL_DRIVER
        self.dispatcher_observer = dispatcher_observer or DispatcherObserver()
        self.run_web_server = run_web_server
        self.web_server_port = web_server_port
        self.external_config_files = list(external_config_files or ())
        self.system_alias = system_alias or "Databus"
        self.max_drives = max_drives


class AbstractDispatcher(ABC):
    """Drives every route of every client when it is due."""

    def __init__(self, ticket: DispatcherTicket) -> None:
        self.ticket = ticket

    @abstractmethod
    def start(self) -> None:
        """Run until :meth:`shutdown` is called or a signal comes.

        On the main thread SIGTERM and SIGINT end it in order, and a second one at once.
        """

    @abstractmethod
    def expedite(self, client_id: str, passenger_module: str) -> None:
        """Drive a route now, or as soon as its present drive has ended. Also one that only runs on demand."""

    @abstractmethod
    def pause(self) -> None:
        """Start no further drives; the active ones finish. It stays so over a restart, until :meth:`resume`."""

    @abstractmethod
    def resume(self) -> None:
        """Go on after :meth:`pause`."""

    @abstractmethod
    def shutdown(self) -> None:
        """Let :meth:`start` return: active drives end after what they are doing and give back the rest."""
