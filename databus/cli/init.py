"""``databus init``."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from databus.cli.commands import command
from databus.cli.output import say
from databus.cli.where import Given, Where, resolve

FOLDERS = ("inbox", "outbox", "plugins")


@dataclass(frozen=True, slots=True)
class _Made:
    """What was made now, and the password that nobody else knows; empty if root was there."""

    clients: list[str]
    root_password: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "init")(init)


def init(
    given: Given,
    folder: Annotated[
        str | None, typer.Argument(metavar="[DIR]", help="The data folder; the same as --data. [default: data]")
    ] = None,
) -> None:
    """Lay out a data folder with three clients.

    The clients are demo, files (which carries DIR/inbox to DIR/outbox) and root. What is there already stays.
    """
    where = resolve(replace(given, data=folder or given.data))
    new_folders = [name for name in FOLDERS if _make_folder(where.data / name)]
    made = _make_clients(where)
    _tell(where, new_folders, made, same_database=given.names_database)


def _make_folder(folder: Path) -> bool:
    new = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    return new


def _make_clients(where: Where) -> _Made:
    from databus.cli.first_clients import demo_config, files_config, root_config
    from databus.cli.person import os_user
    from databus.cli.reaching import opened
    from databus.operating.client_keeping import add_client

    with opened(where, may_be_new=True) as database:
        there = database.clients()
        root, password = root_config() if "root" not in there else (b"", "")
        contents = {"demo": demo_config(), "files": files_config(where.data), "root": root}
        missing = {client_id: content for client_id, content in contents.items() if client_id not in there}
        for client_id, content in missing.items():
            add_client(database, client_id, content, by=os_user())
    return _Made(list(missing), password)


def _tell(where: Where, new_folders: list[str], made: _Made, *, same_database: bool) -> None:
    if not new_folders and not made.clients:
        say(f"{where.data} is laid out already; nothing was changed")
        return
    for name in new_folders:
        say(f"made folder {where.data / name}")
    for client_id in made.clients:
        say(f"made client {client_id} in {where}")
    if made.root_password:
        say(f"administrator of everything: user root, password {made.root_password} (shown only now)")
    option = "" if where.data == Path("data").absolute() else f" --data {where.data}"
    # An address may hold a password: it is not repeated.
    say(f"next: databus start{option}{', with the same database' if same_database else ''}")
    say(f"then put files into {where.data / 'inbox'}: they travel to {where.data / 'outbox'}")
