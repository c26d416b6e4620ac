"""``databus check``."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from databus.cli.commands import command
from databus.cli.options import AsJson
from databus.cli.where import Given, Where, resolve
from databus.errors import NotFound

if TYPE_CHECKING:  # heavy: loaded when a command reads a configuration
    from databus.cli.clients_of import ReadClient

ENDING = ".json"


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "check")(check)


def check(
    given: Given,
    what: Annotated[
        str, typer.Argument(metavar="[CLIENT|FILE]", help="Only this client, or a config.json that may lie anywhere.")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Print every problem of the configurations.

    Each with its place. Exit code 1 if there is any; warnings are none.
    """
    from databus.cli.checking import report

    where = resolve(given)
    return report(_configs(where, what), as_json=as_json)


def _configs(where: Where, what: str) -> "Iterator[ReadClient]":
    from databus.cli.clients_of import read_config

    if what.endswith(ENDING):
        file = Path(what)
        yield read_config(file.read_bytes(), client_id=file.absolute().parent.name, file=what)
        return
    where.check_exists()
    configs = _from_files(where.json_folder) if where.json_folder else _from_database(where)
    chosen = [config for config in configs if what in ("", config[0])]
    if what and not chosen:
        raise NotFound(f"there is no client {what}")
    for client_id, file_name, content in chosen:
        yield read_config(content, client_id=client_id, file=file_name)


def _from_files(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Read the files of a json_db themselves: that works whoever owns it, and problems name real files."""
    for path in sorted(folder.glob("clients/*/config.json")):
        yield path.parent.name, _shown(path), path.read_bytes()


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _from_database(where: Where) -> Iterator[tuple[str, str, bytes]]:
    from databus.cli.reaching import opened
    from databus.database.records import CONFIG

    with opened(where) as database:
        for client_id in sorted(database.clients()):
            yield client_id, f"{client_id}/{CONFIG}", database.read_document(client_id, CONFIG).content
