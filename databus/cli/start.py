"""``databus start``."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from databus.cli.commands import command
from databus.cli.failing import complain, note
from databus.cli.where import Given, Where, resolve

if TYPE_CHECKING:  # heavy: loaded when a command opens a database
    from databus.cli.clients_of import ReadClient
    from databus.client.config import RouteConfig
    from databus.database.abstract_database import AbstractDatabase


PATIENCE = 3.0
"""Seconds to wait for a short command to give the database back; whoever has it longer is another dispatcher."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "start")(start)


def start(
    given: Given,
    no_web: Annotated[bool, typer.Option("--no-web", help="Without the web page, which is yet to come.")] = False,
    alias: Annotated[
        str, typer.Option("--alias", metavar="NAME", help="Name of this installation, such as Test.")
    ] = "",
) -> None:
    """Drive every route when it is due.

    Ctrl-C and SIGTERM end it in order; a second one at once.
    """
    from databus.cli.reaching import patiently
    from databus.dispatcher.abstract_dispatcher import DispatcherTicket
    from databus.dispatcher.primal_dispatcher import PrimalDispatcher

    class AnnouncedDispatcher(PrimalDispatcher):
        """Says what it runs on when it has the database."""

        def run(self, database: "AbstractDatabase") -> None:
            announce(database, where, web_is_missed=not no_web)
            super().run(database)

    where = resolve(given)
    where.check_exists()
    _log_to_stderr()
    ticket = DispatcherTicket(where.module, where.arguments, run_web_server=False, system_alias=alias)
    patiently(AnnouncedDispatcher(ticket).start, patience=PATIENCE)


def _log_to_stderr() -> None:
    import logging

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger = logging.getLogger("databus")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def announce(database: "AbstractDatabase", where: Where, *, web_is_missed: bool) -> None:
    """Say what a dispatcher runs on, what it will drive, and what is wrong."""
    from databus.cli.clients_of import read_clients
    from databus.dispatcher.route_state import is_paused

    note(f"database: {where}")
    clients = list(read_clients(database))
    for client in clients:
        note(f"client {client.client_id}: {_summary(client)}")
    for client in clients:
        for problem in client.problems:
            complain(str(problem))
    if not clients:
        note("there are no clients yet: `databus client add` makes one")
    if is_paused(database):
        note("paused: nothing is driven until `databus resume`")
    if web_is_missed:
        note("this version has no web page yet: the command line shows and steers everything")


def _summary(client: "ReadClient") -> str:
    if client.loaded is None:
        return "its configuration cannot be used"
    routes = client.loaded.config.passengers
    return ", ".join(f"{route.name} {_schedule(route)}" for route in routes) or "no routes"


def _schedule(route: "RouteConfig") -> str:
    if route.schedule:
        return f"at {route.schedule!r} {route.time_zone}"
    if route.sync_frequency <= 0:
        return "on demand"
    return f"every {route.sync_frequency:g} min"
