"""``databus check``."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from databus.cli.commands import command
from databus.cli.options import AsJson
from databus.cli.where import Given, Where, resolve

if TYPE_CHECKING:  # heavy: loaded when a command reads a configuration
    from databus.operating.clients import ReadClient, StoredConfig

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
    from databus.operating.clients import StoredConfig, no_client, read_configs

    if what.endswith(ENDING):
        file = Path(what)
        yield from read_configs([StoredConfig(file.absolute().parent.name, what, file.read_bytes())])
        return
    where.check_exists()
    stored = list(_from_files(where.json_folder) if where.json_folder else _from_database(where))
    chosen = [each for each in stored if what in ("", each.client_id)]
    if what and not chosen:
        raise no_client(what, (each.client_id for each in stored))
    yield from read_configs(chosen)


def _from_files(folder: Path) -> "Iterator[StoredConfig]":
    """Read the files of a json_db themselves: that works whoever owns it, and problems name real files."""
    from databus.database.json_db.disk import read_file
    from databus.operating.clients import StoredConfig

    for path in sorted(each / "config.json" for each in folder.glob("clients/*") if each.is_dir()):
        client_id, file = path.parent.name, _shown(path)
        try:
            content = read_file(str(path))
        except FileNotFoundError:
            if _is_client(path.parent):
                yield StoredConfig(client_id, file, None, "it is missing: put it back, or remove the client's folder")
        except OSError as error:
            yield StoredConfig(client_id, file, None, f"cannot be read: {error.strerror}")
        else:
            yield StoredConfig(client_id, file, content)


def _is_client(folder: Path) -> bool:
    """Whether a folder without config.json is that of a client that was driven, and not of one being imported."""
    return (folder / "pqueue").is_dir() and not any(folder.glob(".databus/documents/state_hold*"))


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _from_database(where: Where) -> "Iterator[StoredConfig]":
    from databus.cli.reaching import opened
    from databus.operating.clients import stored_configs

    with opened(where) as database:
        yield from stored_configs(database)
