"""``databus pause`` and ``databus resume``."""

from typing import Annotated

import typer

from databus.cli.commands import command
from databus.cli.output import say
from databus.cli.where import Given

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
    say("resumed")


def _set_paused(given: Given, client: str, passenger: str, paused: bool) -> None:
    from databus.cli.person import os_user
    from databus.cli.reaching import reached
    from databus.operating.clients import require_client, route_module
    from databus.operating.pausing import pause_all, pause_route, switch_client

    with reached(given) as database:
        if not client:
            pause_all(database, paused, by=os_user())
            return
        if not passenger:
            switch_client(database, client, not paused, by=os_user())
            return
        require_client(database, client)
        pause_route(database, client, route_module(database, client, passenger), paused, by=os_user())
