"""Passengers: the routes of a client, what they are made of, and driving one now."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from databus.dispatcher.route_state import pause_of_all
from databus.errors import DatabusError
from databus.operating.expediting import ask_for_drive
from databus.operating.pausing import pause_route
from databus.web.guard import Changing, ClientOf, Following, SiteOf
from databus.web.overview import client_overview, require_route
from databus.web.rendering import page, part, segment
from databus.web.site import Site
from databus.web.streaming import followed
from databus.web.viewers import Viewer

router = APIRouter()

RouteName = Annotated[str, Form()]


def shown(site: Site, client: str) -> dict[str, Any]:
    """Return what the page shows of a client, to everybody who may see it."""
    return {
        "client": client,
        "overview": client_overview(site, client),
        "all_paused": pause_of_all(site.database),
        "can_expedite": site.expedite is not None,
    }


def look(site: Site, client: str) -> str:
    """Return the part of the page that follows what happens."""
    return part("passengers_part.html", **shown(site, client))


@router.get("/clients/{client}/passengers")
def passengers(client: ClientOf, request: Request, site: SiteOf) -> Response:
    """Show the routes of a client."""
    return page(request, "passengers.html", **shown(site, client))


@router.get("/clients/{client}/passengers/live")
def follow(client: ClientOf, site: SiteOf, may: Following) -> Response:
    """Tell whenever the page changes: how far drives are, too."""
    return followed(site.live, f"passengers {client}", partial(look, site, client), may)


@router.post("/clients/{client}/passengers/pause")
def pause(client: ClientOf, viewer: Changing, site: SiteOf, route: RouteName) -> Response:
    """Let a route rest."""
    return _set_paused(site, client, route, True, viewer)


@router.post("/clients/{client}/passengers/resume")
def resume(client: ClientOf, viewer: Changing, site: SiteOf, route: RouteName) -> Response:
    """Let a route go on."""
    return _set_paused(site, client, route, False, viewer)


def _set_paused(site: Site, client: str, route: str, paused: bool, viewer: Viewer) -> Response:
    require_route(site, client, route)
    pause_route(site.database, client, route, paused, by=viewer.person)
    return _back(client, route)


@router.post("/clients/{client}/passengers/expedite")
def expedite(client: ClientOf, viewer: Changing, site: SiteOf, route: RouteName) -> Response:
    """Let a route be driven now."""
    if site.expedite is None:
        raise DatabusError("This process only shows pages: it drives nothing. Say `databus drive` on the command line.")
    loaded = site.configs.good(client)
    ask_for_drive(site.expedite, site.database, client, route, loaded=loaded, by=viewer.person)
    return _back(client, route)


def _back(client: str, route: str) -> Response:
    return RedirectResponse(f"/clients/{segment(client)}/passengers#route-{segment(route)}", 303)
