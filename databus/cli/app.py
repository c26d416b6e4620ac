"""The command ``databus`` and what belongs to it."""

from collections.abc import Sequence
from typing import Annotated

import typer

from databus.cli import (
    bench,
    check,
    clients,
    drive,
    export,
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
    web,
    worker,
)
from databus.cli.failing import guarded, open_standard_streams
from databus.cli.output import be_tolerant
from databus.cli.plain_words import PlainGroup

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
        cls=PlainGroup,
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
        web,
        worker,
        drive,
        check,
        queue,
        log,
        status,
        peek,
        steering,
        clients,
        users,
        export,
        schema,
        scaffold,
        bench,
    ):
        module.register(app)
    return app


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    open_standard_streams()
    be_tolerant()
    given = None if arguments is None else list(arguments)
    # A command is guarded itself; what is left is the help, which may find no room either.
    raise SystemExit(guarded(lambda: make_app()(args=given, prog_name="databus"), debug=False))
