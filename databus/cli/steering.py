"""``databus pause`` and ``databus resume``."""

import typer

from databus.cli.commands import command
from databus.cli.output import say
from databus.cli.where import Given


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "pause")(pause)
    command(app, "resume")(resume)


def pause(given: Given) -> None:
    """Start no drives until resume.

    The active ones finish. `databus drive` still works.
    """
    _set_paused(given, True)
    say("paused: active drives finish, no others start; `databus resume` goes on")


def resume(given: Given) -> None:
    """Go on after a pause."""
    _set_paused(given, False)
    say("resumed")


def _set_paused(given: Given, paused: bool) -> None:
    from databus.cli.reaching import reached
    from databus.dispatcher.route_state import set_paused
    from databus.timestamps import utc_now

    with reached(given) as database:
        set_paused(database, paused, now=utc_now())
