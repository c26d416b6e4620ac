"""``databus client``."""

from typing import Annotated

import typer

from databus.cli.commands import Command, group
from databus.cli.options import AsJson, ClientName, Yes
from databus.cli.output import confirmed, say
from databus.cli.where import Given

FileName = Annotated[str, typer.Argument(metavar="FILE", help="A config.json; - for standard input.")]
Version = Annotated[str, typer.Option("--version", metavar="VERSION", help="An earlier version, of `client history`.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    functions: dict[str, Command] = {
        "add": add,
        "list": list_clients,
        "show": show,
        "save": save,
        "history": history,
        "remove": remove,
    }
    group(app, "client", "Clients and their configuration.", functions)


def add(
    given: Given,
    client: ClientName,
    like: Annotated[
        str, typer.Option("--like", metavar="CLIENT", help="With the routes of this client, but not its users.")
    ] = "",
    config: Annotated[
        str, typer.Option("--config", metavar="FILE", help="With this config.json; - for standard input.")
    ] = "",
) -> None:
    """Add a client, without routes unless it is made like another one or from a file."""
    from databus.cli.client_actions import add_named, first_config
    from databus.cli.reaching import reached

    with reached(given) as database:
        add_named(database, client, first_config(database, like=like, file=config))
    say(f"added client {client}")


def list_clients(given: Given, as_json: AsJson = False) -> None:
    """List the clients."""
    from databus.cli.client_actions import list_all
    from databus.cli.reaching import reached

    with reached(given) as database:
        list_all(database, as_json=as_json)


def show(given: Given, client: ClientName, version: Version = "") -> None:
    """Print a client's config.json."""
    from databus.cli.client_actions import print_config
    from databus.cli.reaching import reached

    with reached(given) as database:
        print_config(database, client, version)


def save(given: Given, client: ClientName, file: FileName) -> None:
    """Replace a client's config.json by a file, if nothing is wrong with it. The old one is kept."""
    from databus.cli.client_actions import save_config
    from databus.cli.reaching import reached

    with reached(given) as database:
        save_config(database, client, file)
    say(f"saved the configuration of {client}")


def history(given: Given, client: ClientName, as_json: AsJson = False) -> None:
    """List the versions of a client's config.json, newest first."""
    from databus.cli.client_actions import list_versions
    from databus.cli.reaching import reached

    with reached(given) as database:
        list_versions(database, client, as_json=as_json)


def remove(given: Given, client: ClientName, yes: Yes = False) -> None:
    """Remove a client with its queue, logs and configuration."""
    from databus.cli.person import os_user
    from databus.cli.reaching import reached
    from databus.operating.client_keeping import check_removable, remove_client

    with reached(given) as database:
        entries = check_removable(database, client)
        if confirmed(f"Remove client {client} with its configuration, logs and {entries} queue entries?", yes=yes):
            remove_client(database, client, by=os_user())
            say(f"removed client {client}")
        else:
            say("nothing was removed")
