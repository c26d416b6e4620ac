"""``databus new``."""

import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from databus.cli.commands import group
from databus.cli.failing import WrongUsage
from databus.cli.output import say
from databus.cli.safe_files import new_file
from databus.cli.where import Given
from databus.errors import DatabusError

KINDS = {
    "puller": "a data source",
    "processor": "a filter, validation or conversion",
    "pusher": "a data target",
    "passenger": "a passenger type",
    "database": "a database engine",
}

Name = Annotated[str, typer.Argument(metavar="NAME", help="The module: order_puller, or acme.order_puller.")]
Folder = Annotated[str, typer.Option("--folder", metavar="FOLDER", help="Where it is written. [default: here]")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    functions = {kind: _writer(kind, text) for kind, text in KINDS.items()}
    group(app, "new", "A plug-in that works, with its test.", functions)


def _writer(kind: str, text: str) -> Callable[..., None]:
    def write(given: Given, name: Name, folder: Folder = ".") -> None:
        write_skeleton(kind, name, Path(folder))

    write.__doc__ = f"Write a skeleton of {text}, with its test."
    return write


def write_skeleton(kind: str, name: str, folder: Path) -> None:
    """Write a plug-in's module and its test; overwrite nothing."""
    from databus.cli.skeletons import Skeleton

    if not all(part.isidentifier() and not iskeyword(part) for part in name.split(".")):
        raise WrongUsage(f"{name!r} cannot be a module's name: letters, digits, _ and dots between the parts")
    if name.partition(".")[0] in {*sys.stdlib_module_names, "databus"}:
        raise WrongUsage(f"{name!r} is a module of Python's or of Databus' own: choose another name")
    if folder.exists() and not folder.is_dir():
        raise WrongUsage(f"{folder} is no folder")
    files = Skeleton.of(kind, name).files(folder)
    for path in files:
        if path.exists():
            raise DatabusError(f"{path} is there already; nothing was written")
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        new_file(path, partial(_write, content))
        say(f"wrote {path}")
    test = list(files)[-1]
    if find_spec("pytest") is None:
        say(f"first: python -m pip install {'hypothesis ' if kind == 'database' else ''}pytest")
    say(f"next: python -m pytest {test}")


def _write(content: str, file: BinaryIO) -> None:
    file.write(content.encode())
