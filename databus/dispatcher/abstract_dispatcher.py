"""What a dispatcher is started with, and what it can be asked for."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from databus.client.external_config import ExternalConfigFile
from databus.compat import gone_keywords, p_keywords
from databus.database.engines import JSON_DB
from databus.dispatcher.abstract_web_server import LARGEST_PASSENGER
from databus.dispatcher.observer import DispatcherObserver
from databus.errors import ConfigError, Problem
from databus.pqueue.abstract_queue import LEASE

PRIMAL_DRIVER = "databus.driver.primal_driver"
WEB = "databus.web.web_server"

_IN_CONFIG = "there are no factories any more: name the modules as {} of a route in the client's config.json"

_GONE = {
    "database_factory": "there are no factories any more: name the engine's module with database_module, "
    "and what it needs with database_arguments",
    "driver_factory": "there are no factories any more: name the driver's module with driver_module",
    "passenger_factory": _IN_CONFIG.format('"name"'),
    "queue_factory": _IN_CONFIG.format('"queue"'),
    "puller_factory": _IN_CONFIG.format('"pullers"'),
    "processor_factory": _IN_CONFIG.format('"processors"'),
    "pusher_factory": _IN_CONFIG.format('"pushers"'),
}
"""What a ticket of Databus 8 had, and what takes its place."""


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
        lease: How long the work of a process that was killed waits until another takes it over.
        web_server_host: Where the web page listens: on this machine only, unless it is told otherwise.
        web_module: The web page.
        largest_passenger: Bytes of a passenger that is handed over through the REST API, with its attachments.
        web_trusted_proxies: Addresses of reverse proxies before the web page.
        web_host_names: Names that the web page is asked for under.

    Raises:
        ConfigError: A keyword is not known (any more), or a factory of Databus 8 stands where a module belongs; the
            text says what to write instead.
    """

    @gone_keywords("DispatcherTicket", _GONE)
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
        lease: timedelta = LEASE,
        web_server_host: str = "127.0.0.1",
        web_module: str = WEB,
        largest_passenger: int = LARGEST_PASSENGER,
        web_trusted_proxies: Sequence[str] = (),
        web_host_names: Sequence[str] = (),
    ) -> None:
        _check_module("database_module", database_module)
        _check_module("driver_module", driver_module)
        self.database_module = database_module or JSON_DB
        self.database_arguments = dict(database_arguments or {})
        self.driver_module = driver_module or PRIMAL_DRIVER
        self.dispatcher_observer = dispatcher_observer or DispatcherObserver()
        self.run_web_server = run_web_server
        self.web_server_port = web_server_port
        self.external_config_files = list(external_config_files or ())
        self.system_alias = system_alias or "Databus"
        self.max_drives = max_drives
        self.lease = lease
        self.web_server_host = web_server_host
        self.web_module = web_module
        self.largest_passenger = largest_passenger
        self.web_trusted_proxies = tuple(web_trusted_proxies)
        self.web_host_names = tuple(web_host_names)

    @property
    def data(self) -> Path:
        """The data folder: the one around a json_db that is laid out as ``databus init`` does it; else ``data``."""
        path = Path(str(self.database_arguments.get("path", "")))
        return path.parent if self.database_module == JSON_DB and path.name == "json_db" else Path("data")


def _check_module(keyword: str, value: object) -> None:
    """Refuse a factory: Databus 8 had them in front, so that a ticket with positions may bring one."""
    if value is not None and not isinstance(value, str):
        reason = f"this must be a module's dotted name, not a {type(value).__name__}; give everything by keyword"
        raise ConfigError([Problem("DispatcherTicket", keyword, reason)])


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
