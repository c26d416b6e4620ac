"""Peek: what waits at the sources of a route; nothing is pulled."""

import re
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from databus.client.config import RouteConfig
from databus.client.config_loader import LoadedConfig
from databus.client.redaction import redact
from databus.errors import ConfigError
from databus.operating.peeking import Seen, peek_route
from databus.web.guard import ClientOf, SiteOf
from databus.web.overview import no_route
from databus.web.rendering import page
from databus.web.site import Site

router = APIRouter()

PATH: Final = re.compile("/clients/[^/]+/passengers/peek(/.*)?")
"""Where those who look have turns of their own: a source that takes its time holds up no other page."""

MOST = 200
"""Passengers that are shown."""

PATIENCE = 20.0
"""Seconds that a source may take."""


@dataclass(frozen=True, slots=True)
class Peeked:
    """What waits; ``more`` says whether that is not all, ``errors`` which sources could not be looked at, and why."""

    seen: list[Seen]
    more: bool
    errors: list[str]


def peeked(site: Site, client_id: str, name: str) -> Peeked:
    """Look at the sources of a client's route.

    Raises:
        NotFound: There is no such route.
        ConfigError: The client's configuration cannot be used.
        SourcesBusy: Too many look at sources.
    """
    route, loaded = configured(site, client_id, name)
    errors: list[str] = []
    look = peek_route(client_id, route, errors, limit=MOST + 1, time_limit=PATIENCE)
    with site.peeks.one(client_id), closing(look) as found:
        seen = list(found)
    return Peeked(seen[:MOST], len(seen) > MOST, [redact(error, loaded.secrets) for error in errors])


def configured(site: Site, client_id: str, name: str) -> tuple[RouteConfig, LoadedConfig]:
    """Return a client's route, and the configuration that it stands in.

    Raises:
        NotFound: There is no such route.
        ConfigError: The client's configuration cannot be used.
    """
    read = site.configs.of(client_id)
    if read.loaded is None:
        raise ConfigError(read.problems)
    route = read.loaded.config.route(name)
    if route is None:
        raise no_route(client_id, name)
    return route, read.loaded


@router.get("/clients/{client}/passengers/peek")
def peek(
    client: ClientOf, request: Request, site: SiteOf, route: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    """Show what waits at the sources of a route."""
    return page(request, "peek.html", client=client, route=route, peeked=peeked(site, client, route))
