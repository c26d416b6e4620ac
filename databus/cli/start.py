"""``databus start``."""

from typing import TYPE_CHECKING, Annotated

import typer

from databus.cli.commands import command
from databus.cli.failing import note
from databus.cli.serving import (
    PATIENCE,
    Alias,
    Host,
    HostName,
    Port,
    TrustedProxy,
    listed,
    log_to_stderr,
    proxies_of,
)
from databus.cli.where import Given, Where, resolve

if TYPE_CHECKING:  # heavy: loaded when a command opens a database
    from databus.database.abstract_database import AbstractDatabase
    from databus.operating.clients import ReadClient

MaxUpload = Annotated[
    int,
    typer.Option("--max-upload", metavar="MIB", min=1, help="Largest passenger that the REST API takes, in MiB."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "start")(start)


def start(
    given: Given,
    no_web: Annotated[bool, typer.Option("--no-web", help="Without the web page.")] = False,
    host: Host = "127.0.0.1",
    port: Port = 5000,
    alias: Alias = "",
    max_upload: MaxUpload = 1024,
    trusted_proxy: TrustedProxy = "",
    host_name: HostName = "",
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
            announce(database, where)
            super().run(database)

    where = resolve(given)
    where.check_exists()
    log_to_stderr()
    ticket = DispatcherTicket(
        where.module,
        where.arguments,
        run_web_server=not no_web,
        web_server_port=port,
        web_server_host=host,
        system_alias=alias,
        largest_passenger=max_upload * 2**20,
        web_trusted_proxies=proxies_of(trusted_proxy),
        web_host_names=listed(host_name),
    )
    patiently(AnnouncedDispatcher(ticket).start, patience=PATIENCE)


def announce(database: "AbstractDatabase", where: Where) -> None:
    """Say what a dispatcher runs on and what it will drive; what is wrong it tells itself, at its first tick.

    No plug-in is imported here: one that hangs would hold the start, and Ctrl-C with it.
    """
    from databus.dispatcher.route_state import is_paused
    from databus.operating.clients import read_clients

    note(f"database: {where}")
    clients = list(read_clients(database, check_plugins=False))
    for client in clients:
        note(f"client {client.client_id}: {_summary(client)}")
        _note_hold(database, client.client_id)
        _note_rest(database, client.client_id)
    if not clients:
        note("there are no clients yet: `databus client add` makes one")
    if is_paused(database):
        note("paused: nothing is driven until `databus resume`")


def _note_hold(database: "AbstractDatabase", client_id: str) -> None:
    from databus.database.hold import effective_hold
    from databus.timestamps import utc_now

    hold = effective_hold(database, client_id, now=utc_now())
    if hold is not None:
        until = "it is whole: run that again, or remove the client" if hold.incomplete else "that has ended"
        note(f"client {client_id}: held by {hold}, and not driven until {until}")


def _note_rest(database: "AbstractDatabase", client_id: str) -> None:
    """Say what of a client rests; that everything does stands in a line of its own."""
    from databus.operating.resting import read_rest

    for reason in read_rest(database, client_id).of_client():
        if reason.target:
            note(f"{reason.text}: not driven until `databus resume {' '.join(reason.target)}`")


def _summary(client: "ReadClient") -> str:
    if client.loaded is None:
        return "its configuration cannot be used"
    from databus.operating.schedule_words import schedule_words

    routes = client.loaded.config.passengers
    return ", ".join(f"{route.name} {schedule_words(route)}" for route in routes) or "no routes"
