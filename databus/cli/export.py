"""``databus export``."""

from typing import Annotated

import typer

from databus.cli.commands import command
from databus.cli.failing import WrongUsage
from databus.cli.options import AsJson
from databus.cli.where import Given
from databus.database.export.conflicts import OnConflict

CHOICES = tuple(OnConflict)


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "export")(export)


def export(
    given: Given,
    clients: Annotated[
        list[str] | None, typer.Argument(metavar="[CLIENT]...", help="Ids of clients; without any: all of them.")
    ] = None,
    client: Annotated[
        list[str] | None, typer.Option("--client", metavar="CLIENT", help="The same; may be repeated.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="DATABASE", help="Where to, as --database; made if it is new.")
    ] = None,
    to_module: Annotated[
        str | None, typer.Option("--to-module", metavar="MODULE", help="Instead of --to: an engine's module.")
    ] = None,
    to_arguments: Annotated[str | None, typer.Option("--to-arguments", metavar="JSON", help="Its arguments.")] = None,
    on_conflict: Annotated[
        str,
        typer.Option(
            "--on-conflict", metavar="|".join(CHOICES), help="What becomes of what the target has of its own."
        ),
    ] = OnConflict.STOP.value,
    wait: Annotated[
        float, typer.Option("--wait", min=0, metavar="SECONDS", help="For drives that are under way.")
    ] = 90,
    manifest: Annotated[
        str, typer.Option("--manifest", metavar="FILE", help="Where to write what was verified.")
    ] = "databus-export.json",
    as_json: AsJson = False,
) -> None:
    """Copy clients with queue, logs and configuration into another database, and verify that all is there.

    Run it again to go on after an interruption, or to bring what changed since.
    """
    if on_conflict not in CHOICES:
        raise WrongUsage(f"--on-conflict takes {', '.join(CHOICES)}, not {on_conflict!r}")
    from databus.cli.exporting import Wish, run_export

    run_export(
        given,
        Given(database=to, database_module=to_module, database_arguments=to_arguments),
        Wish(
            client_ids=(*(clients or ()), *(client or ())),
            on_conflict=on_conflict,
            patience=wait,
            manifest=manifest,
            as_json=as_json,
        ),
    )
