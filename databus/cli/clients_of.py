"""What commands need to know of clients: their configuration as it is now."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from databus.errors import ConfigError, NotFound, Problem

if TYPE_CHECKING:  # heavy: loaded when a command reads a configuration
    from databus.client.config import RouteConfig
    from databus.client.config_loader import LoadedConfig
    from databus.database.abstract_database import AbstractDatabase
    from databus.dispatcher.client_directory import KnownClient


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadClient:
    """A client's configuration as it was read: ``loaded``, or what is wrong with it."""

    client_id: str
    loaded: "LoadedConfig | None"
    problems: list[Problem]


def require_client(database: "AbstractDatabase", client_id: str) -> None:
    """Raise NotFound where there is no such client; the text names those that there are."""
    clients = database.clients()
    if client_id not in clients:
        names = ", ".join(sorted(clients)) or "none"
        raise NotFound(f"there is no client {client_id}; there is {names}")


def read_config(content: bytes, *, client_id: str, file: str) -> ReadClient:
    """Read a configuration, whatever is wrong with it."""
    from databus.client.config_loader import load_config

    try:
        loaded = load_config(content, file=file, environ=os.environ)
    except ConfigError as error:
        return ReadClient(client_id=client_id, loaded=None, problems=error.problems)
    return ReadClient(client_id=client_id, loaded=loaded, problems=[])


def read_clients(database: "AbstractDatabase") -> Iterator[ReadClient]:
    """Read every client's configuration, in the order of their ids."""
    from databus.database.records import CONFIG

    for client_id in sorted(database.clients()):
        content = database.read_document(client_id, CONFIG).content
        yield read_config(content, client_id=client_id, file=f"{client_id}/{CONFIG}")


def known_client(database: "AbstractDatabase", client_id: str) -> "KnownClient":
    """Return a client as a dispatcher knows it, with a configuration that can be used.

    Raises:
        NotFound: There is no such client.
        ConfigError: Its configuration cannot be used.
    """
    from databus.client.config_loader import load_config
    from databus.database.records import CONFIG
    from databus.dispatcher.client_directory import KnownClient
    from databus.timestamps import utc_now

    require_client(database, client_id)
    document = database.read_document(client_id, CONFIG)
    loaded = load_config(document.content, file=f"{client_id}/{CONFIG}", environ=os.environ)
    now = utc_now()
    return KnownClient(client_id, document.version, checked=now, first_seen=now, loaded=loaded)


def route_of(known: "KnownClient", name: str) -> "RouteConfig":
    """Return the route of a name, which may be the end of it.

    Raises:
        NotFound: No route has this name, or several have; the text names those that there are.
    """
    routes = known.good.config.passengers
    return known.route(full_name([route.name for route in routes], name))


def full_name(names: list[str], name: str) -> str:
    """Return the one of the names that is meant: as it is, else by its end after a dot; else the given name."""
    if name in names:
        return name
    meant = [each for each in names if each.endswith(f".{name}")]
    if len(meant) > 1:
        raise NotFound(f"{name} may be any of {', '.join(meant)}: say more of it")
    return meant[0] if meant else name


def route_module(database: "AbstractDatabase", client_id: str, name: str) -> str:
    """Return the module that a filter means: of a route that is configured, or that still has entries.

    Raises:
        NotFound: The end of a name is given that several have.
    """
    from databus.client.config_loader import load_config
    from databus.database.records import CONFIG
    from databus.timestamps import utc_now

    names = {counts.passenger_module for counts in database.counts(client_id, now=utc_now())}
    content = database.read_document(client_id, CONFIG).content
    with suppress(ConfigError):  # the queue of a client with a wrong configuration can still be listed
        config = load_config(content, file=CONFIG, environ=os.environ, check_plugins=False).config
        names.update(route.name for route in config.passengers)
    return full_name(sorted(names), name)
