"""``databus bench``."""

from typing import Annotated

import typer

from databus.cli.commands import command
from databus.cli.options import AsJson
from databus.cli.where import Given


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "bench")(bench)


def bench(
    given: Given,
    passengers: Annotated[int, typer.Option("--passengers", min=1, metavar="N", help="How many travel.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Measure an engine on this machine.

    Passengers travel from pull to push, each step is recorded. A json_db is measured in a
    temporary folder beside it, another database in a client of its own; both are gone afterwards.
    """
    from databus.cli.benching import measure

    measure(given, passengers, as_json=as_json)
