"""``databus peek``."""

from typing import Annotated

import typer

from databus.cli.commands import command
from databus.cli.options import AsJson, ClientName, Limit, list_limit
from databus.cli.where import Given


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "peek")(peek)


def peek(
    given: Given,
    client: ClientName,
    passenger: Annotated[
        str, typer.Argument(metavar="PASSENGER", help="The route: its module, or the end of its name.")
    ],
    limit: Limit = None,
    as_json: AsJson = False,
) -> int:
    """Show what waits at the source.

    Nothing is pulled, nothing changes.
    """
    from databus.cli.output import aside
    from databus.cli.peeking import show_peek
    from databus.cli.reaching import reached
    from databus.operating.clients import known_client
    from databus.operating.route_names import route_of

    with reached(given) as database, aside():
        known = known_client(database, client)
    return show_peek(
        client, route_of(known, passenger), known.good.secrets, limit=list_limit(limit, False, as_json), as_json=as_json
    )
