"""``databus pause`` and ``databus resume``."""

from typing import TYPE_CHECKING, Annotated

import typer

from databus.cli.commands import command
from databus.cli.failing import note
from databus.cli.output import say
from databus.cli.where import Given

if TYPE_CHECKING:  # heavy: loaded when a command opens a database
    from databus.database.abstract_database import AbstractDatabase

Client = Annotated[str, typer.Argument(metavar="CLIENT", help="Only this client.", show_default=False)]
Passenger = Annotated[
    str,
    typer.Argument(
        metavar="PASSENGER", help="Only this route of it: its module, or the end of its name.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "pause")(pause)
    command(app, "resume")(resume)


def pause(given: Given, client: Client = "", passenger: Passenger = "") -> None:
    """Start no drives until resume: none at all, none of one client, or none of one route.

    The active ones finish. `databus drive` still works.
    """
    _set_paused(given, client, passenger, True)
    again = " ".join(["databus resume", *(each for each in (client, passenger) if each)])
    say(f"paused: active drives finish, no others start; `{again}` goes on")


def resume(given: Given, client: Client = "", passenger: Passenger = "") -> None:
    """Go on after a pause."""
    _set_paused(given, client, passenger, False)


def _set_paused(given: Given, client: str, passenger: str, paused: bool) -> None:
    from databus.cli.person import os_user
    from databus.cli.reaching import reached
    from databus.operating.clients import require_client
    from databus.operating.pausing import pause_all, pause_route, switch_client
    from databus.operating.route_names import route_module

    with reached(given) as database:
        module = ""
        if not client:
            pause_all(database, paused, by=os_user())
        elif not passenger:
            switch_client(database, client, not paused, by=os_user())
        else:
            require_client(database, client)
            module = route_module(database, client, passenger)
            pause_route(database, client, module, paused, by=os_user())
        if not paused:
            say("resumed")
            _note_rest(database, client, module)


def _note_rest(database: "AbstractDatabase", client: str, module: str) -> None:
    """Say what still keeps drives from beginning that a person may think go on now."""
    from databus.operating.resting import read_rest

    for client_id in [client] if client else sorted(database.clients()):
        rest = read_rest(database, client_id)
        for reason in rest.of_route(module) if module else rest.of_client():
            note(f"but {reason.text}: `{' '.join(['databus resume', *reason.target])}` ends that")
