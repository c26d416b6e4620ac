"""Registering a command: gives it the options that every command has, and turns what it raises into a sentence."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any

import typer

from databus.cli.failing import guarded
from databus.cli.where import Given

_DATABASE = (
    "json:PATH, sqlite:///PATH, or postgresql://, mariadb://, mysql:// or mssql:// with user:password@host/database. "
    "[DATABUS_DATABASE; default: json:DATA/json_db]"
)

_PANEL_OPTIONS: dict[str, Any] = {
    "data": Annotated[
        str | None,
        typer.Option("--data", metavar="FOLDER", help="The data folder. [DATABUS_DATA; default: data]"),
    ],
    "database": Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help=_DATABASE),
    ],
    "database_module": Annotated[
        str | None,
        typer.Option("--database-module", metavar="MODULE", help="An engine's module. [DATABUS_DATABASE_MODULE]"),
    ],
    "database_arguments": Annotated[
        str | None,
        typer.Option("--database-arguments", metavar="JSON", help="Its arguments. [DATABUS_DATABASE_ARGUMENTS]"),
    ],
    "debug": Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")],
}

Command = Callable[..., int | None]


def command(app: typer.Typer, name: str) -> Callable[[Command], Command]:
    """Register a function as a command.

    Its first parameter gets where the database is, as a ``Given``; the others are what typer makes of them. It returns
    an exit code, or None for 0.
    """

    def register(function: Command) -> Command:
        app.command(name)(_with_common_options(function))
        return function

    return register


def group(app: typer.Typer, name: str, text: str, functions: Mapping[str, Command]) -> None:
    """Register functions as the commands of a group, by their names."""
    commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    commands.callback(help=text)(_nothing)  # a group of one command stays a group
    for own_name, function in functions.items():
        command(commands, own_name)(function)
    app.add_typer(commands, name=name)


def _nothing() -> None:
    pass


def _with_common_options(function: Command) -> Callable[..., None]:
    @wraps(function)
    def call(**values: Any) -> None:
        common = {key: values.pop(key) for key in _PANEL_OPTIONS}
        debug = common.pop("debug")
        code = guarded(lambda: function(Given(**common), **values), debug=debug)
        raise SystemExit(int(code))

    signature = inspect.signature(function)
    own = list(signature.parameters.values())[1:]
    parameters = [*own, *(_option(key) for key in _PANEL_OPTIONS)]
    call.__signature__ = signature.replace(parameters=parameters, return_annotation=None)  # type: ignore[attr-defined] # what typer reads
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return call


def _option(name: str) -> inspect.Parameter:
    default = False if name == "debug" else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=_PANEL_OPTIONS[name])
