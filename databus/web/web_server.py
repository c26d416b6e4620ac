"""Serving the pages with uvicorn, on a thread of the process that drives."""

import errno
import logging
import socket
import threading
from typing import TYPE_CHECKING

from databus.dispatcher.abstract_web_server import AbstractWebServer, WebTicket
from databus.errors import DatabusError
from databus.operating.jobs import Jobs
from databus.web.live import Live
from databus.web.outside import check_passwords
from databus.web.proxies import believed

if TYPE_CHECKING:  # half a second of libraries: loaded when the pages are served
    from uvicorn import Server

    from databus.operating.exports import Exports
    from databus.web.site import Site

PATIENCE = 10.0
"""Seconds for starting, and for what is being answered at the end."""

CONNECTIONS = 1000


_logger = logging.getLogger("databus")


class WebServer(AbstractWebServer):
    """The web page of Databus."""

    def __init__(self, ticket: WebTicket) -> None:
        super().__init__(ticket)
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._listening: socket.socket | None = None
        self._stopped = False
        self._live = Live()
        self._proxies = believed(ticket.trusted_proxies)
        self._exports: Exports | None = None
        self._jobs = Jobs()

    def listen(self) -> str:
        """Begin to listen."""
        check_passwords(self.ticket)
        self._listening = _listen(self.ticket.host, self.ticket.port)
        host, port = self._listening.getsockname()[:2]
        shown = "localhost" if host in ("0.0.0.0", "::") else host  # noqa: S104 - only compared
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"

    def serve(self) -> None:
        """Begin to answer, when the pages are loaded, which takes half a second."""
        assert self._listening is not None, "listen first"
        self._thread = threading.Thread(target=self._run, args=(self._listening,), name="web", daemon=True)
        self._thread.start()

    def _run(self, listening: socket.socket) -> None:
        try:
            site = _site(self.ticket, self._live, self._jobs)
            self._exports = site.exports
            self._server = _server(site, self._proxies)
            if not self._stopped:
                self._server.run(sockets=[listening])
        except (Exception, SystemExit):  # the border to uvicorn: drives go on without the page
            _logger.exception("The web page has ended")

    def stop(self) -> None:
        """End."""
        self._stopped = True
        self._jobs.stop()
        self._live.closed.set()
        if self._server is not None:
            self._server.should_exit = True
        if self._exports is not None:
            self._exports.close(PATIENCE)
        if self._thread is not None:
            self._thread.join(PATIENCE * 2)
        if self._listening is not None:
            self._listening.close()


def _site(ticket: WebTicket, live: Live, jobs: Jobs) -> "Site":
    from databus.web.host_names import names_of
    from databus.web.site import Site

    return Site(
        database=ticket.database,
        alias=ticket.alias,
        expedite=ticket.expedite,
        activity=ticket.activity,
        external_files=tuple(ticket.external_config_files),
        largest_passenger=ticket.largest_passenger,
        shutdown=ticket.shutdown,
        drives=ticket.drives,
        live=live,
        jobs=jobs,
        host_names=names_of(ticket.host, ticket.host_names),
    )


def _server(site: "Site", proxies: list[str]) -> "Server":
    from uvicorn import Config, Server

    from databus.web.app import create_app
    from databus.web.impatience import ImpatientProtocol

    config = Config(
        create_app(site),
        http=ImpatientProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        lifespan="off",
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=int(PATIENCE),
    )
    return Server(config)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise DatabusError(f"the web page cannot listen on {host}: {error.strerror or error}") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(1024)
    except (OSError, OverflowError) as error:
        listening.close()
        raise DatabusError(_reason(host, port, error)) from error
    return listening


def _reason(host: str, port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"the web page cannot use port {port}, another program has it: choose one with --port, or say --no-web"
    return f"the web page cannot listen on {host}, port {port}: {error}"
