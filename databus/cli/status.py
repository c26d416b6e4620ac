"""``databus status``."""

from typing import TYPE_CHECKING, Annotated

import typer

from databus.cli.commands import command
from databus.cli.failing import Exit, WrongUsage
from databus.cli.options import AsJson, ClientName
from databus.cli.where import Given

if TYPE_CHECKING:  # heavy: loaded when a command opens a database
    from databus.operating.step_changes import Change


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "status")(status)


def status(
    given: Given,
    client: ClientName,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Entries: internal or external id, or the beginning of one.")
    ],
    step: Annotated[
        list[str] | None,
        typer.Option("--step", metavar="NAME", help="This step; push:NAME or process:NAME if two have it. Repeatable."),
    ] = None,
    all_steps: Annotated[bool, typer.Option("--all", help="All steps; so it is without --step, too.")] = False,
    complete: Annotated[bool, typer.Option("--complete", help="It is done: never run it again.")] = False,
    incomplete: Annotated[bool, typer.Option("--incomplete", help="Run it (again) at the next drive.")] = False,
    dead: Annotated[bool, typer.Option("--dead", help="Do not try it again until it is set back.")] = False,
    as_json: AsJson = False,
) -> int:
    """Set steps complete, incomplete or dead.

    Without one of these options: show the steps. What was set stands in the client's log.
    """
    from databus.cli.entry_ids import entries_of
    from databus.cli.reaching import reached
    from databus.cli.step_changes import set_steps, show_steps
    from databus.operating.clients import require_client

    if step and all_steps:
        raise WrongUsage("--step and --all contradict each other")
    change = _change(complete, incomplete, dead)
    with reached(given) as database:
        require_client(database, client)
        entries = entries_of(database, client, ids)
        if change is None:
            show_steps(entries, step or [], as_json=as_json)
            return Exit.DONE
        return set_steps(database, entries, step or [], change, as_json=as_json)


def _change(complete: bool, incomplete: bool, dead: bool) -> "Change | None":
    wanted = [name for name, said in (("complete", complete), ("incomplete", incomplete), ("dead", dead)) if said]
    if len(wanted) > 1:
        raise WrongUsage("--complete, --incomplete and --dead contradict each other")
    if not wanted:
        return None
    from databus.operating.step_changes import Change

    return Change(wanted[0])
