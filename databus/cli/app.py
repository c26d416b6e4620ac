"""The command ``databus`` and what belongs to it."""

from collections.abc import Sequence
from typing import Annotated

import typer

from databus.cli import (
    bench,
    check,
    clients,
    drive,
    init,
    log,
    peek,
    queue,
    scaffold,
    schema,
    start,
    status,
    steering,
    users,
)
from databus.cli.output import be_tolerant

_HELP = "Databus moves documents between systems, for several clients at once, and loses none of them."


def _print_version(wanted: bool) -> None:
    if wanted:
        from databus import __version__

        print(f"databus {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Without a command: the help."""


def make_app() -> typer.Typer:
    """Return the command with all subcommands."""
    app = typer.Typer(
        name="databus",
        help=_HELP,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for module in (
        init,
        start,
        drive,
        check,
        queue,
        log,
        status,
        peek,
        steering,
        clients,
        users,
        schema,
        scaffold,
        bench,
    ):
        module.register(app)
    return app


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    be_tolerant()
    make_app()(args=None if arguments is None else list(arguments), prog_name="databus")
