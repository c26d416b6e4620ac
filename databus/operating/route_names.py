"""The routes that people mean by a name, or by the end of one."""

import os
from typing import TYPE_CHECKING

from databus.errors import ConfigError, NotFound

if TYPE_CHECKING:  # heavy: loaded when a command reads a configuration
    from databus.client.config import RouteConfig
    from databus.database.abstract_database import AbstractDatabase
    from databus.dispatcher.client_directory import KnownClient


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
    """Return the module of a route that there is, or was: it is configured, rests, or still has entries or logs.

    Of a route that has nothing but logs the whole name is needed.

    Raises:
        NotFound: No route has this name, or several have; the text names those that there are.
    """
    names = sorted(_known_names(database, client_id))
    module = full_name(names, name)
    if module not in names and not _has_logs(database, client_id, module):
        raise NotFound(f"client {client_id} has no passenger {name}; it has {', '.join(names) or 'none'}")
    return module


def _known_names(database: "AbstractDatabase", client_id: str) -> set[str]:
    from databus.database.records import CONFIG
    from databus.dispatcher.route_state import paused_routes
    from databus.timestamps import utc_now

    configured = _configured_names(database.read_document(client_id, CONFIG).content)
    counts = database.counts(client_id, now=utc_now())
    return configured | {each.passenger_module for each in counts} | paused_routes(database, client_id)


def _configured_names(content: bytes) -> set[str]:
    """Return the names of the routes, also where something else in the configuration is wrong."""
    from databus.client.config_loader import parse_config
    from databus.client.config_rules import entries
    from databus.client.interpolation import interpolate
    from databus.client.json_text import plain
    from databus.database.records import CONFIG

    try:
        document = interpolate(plain(parse_config(content, file=CONFIG)), os.environ).value
    except ConfigError:  # it is not even JSON: its queue and log can still be looked at
        return set()
    return {name for _, route in entries(document, "passengers") if isinstance(name := route.get("name"), str)}


def _has_logs(database: "AbstractDatabase", client_id: str, module: str) -> bool:
    from databus.database.records import LogQuery

    return bool(database.find_logs(LogQuery(client_id=client_id, passenger_module=module, limit=1)).items)
