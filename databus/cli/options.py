"""Options and arguments that several commands have."""

from typing import Annotated

import typer

from databus.cli.output import PAGE, on_terminal

ClientName = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
PassengerName = Annotated[
    str,
    typer.Option("--passenger", "-p", metavar="MODULE", help="Only this route: its module, or the end of its name."),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", "-n", min=1, metavar="N", help="At most so many. [default: 50 on a terminal, else all]"),
]
All = Annotated[bool, typer.Option("--all", help="All of them, also on a terminal.")]
From = Annotated[
    str,
    typer.Option(
        "--from", metavar="TIME", help="At or after: 2026-11-23, 2026-11-23T09:30, or an age such as 90m, 8h, 7d."
    ),
]
Before = Annotated[str, typer.Option("--before", metavar="TIME", help="Before: as --from.")]


def list_limit(limit: int | None, everything: bool, as_json: bool) -> int | None:
    """Return how many to list; None for all."""
    if limit is not None:
        return limit
    return None if everything or as_json or not on_terminal() else PAGE
