"""Home: whether the documents travel."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from databus.dispatcher.route_state import pause_of_all
from databus.errors import NotFound
from databus.operating.carried import CarriedLately
from databus.web.guard import ClientOf, Following, SiteOf, ViewerOf
from databus.web.live import May
from databus.web.overview import ClientOverview, client_overview, lately
from databus.web.rendering import page, part, segment
from databus.web.site import Site
from databus.web.sparkline import Sparkline, sparkline
from databus.web.streaming import followed

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Lately:
    """What a route has carried lately, with its picture."""

    carried: CarriedLately
    picture: Sparkline


def shown(site: Site, client: str) -> dict[str, Any]:
    """Return what the home page shows of a client; of all, where none is named."""
    names = [client] if client else sorted(site.database.clients())
    clients = [client_overview(site, name) for name in names]
    return {
        "clients": [(each, _lately(site, each)) for each in clients],
        "client": client,
        "all_paused": pause_of_all(site.database),
    }


def look(site: Site, client: str) -> str:
    """Return the part of the page that follows what happens."""
    return part("home_part.html", **shown(site, client))


def _lately(site: Site, overview: ClientOverview) -> dict[str, Lately]:
    found = {route.name: lately(site, overview.client_id, route) for route in overview.routes}
    return {name: Lately(carried, sparkline(carried)) for name, carried in found.items()}


@router.get("/")
def start(viewer: ViewerOf, request: Request, site: SiteOf) -> Response:
    """Show all clients to root, and others their own."""
    if not viewer.is_root:
        return RedirectResponse(f"/clients/{segment(viewer.client_id)}", 303)
    return page(request, "home.html", live="/live", **shown(site, ""))


@router.get("/live")
def follow_all(viewer: ViewerOf, site: SiteOf, may: Following) -> Response:
    """Tell root whenever the page of all clients changes."""
    if not viewer.is_root:
        raise NotFound("There is no such page.")
    return _events(site, "", may)


@router.get("/clients/{client}")
def home(client: ClientOf, request: Request, site: SiteOf) -> Response:
    """Show a client."""
    return page(request, "home.html", live=f"/clients/{segment(client)}/live", **shown(site, client))


@router.get("/clients/{client}/live")
def follow(client: ClientOf, site: SiteOf, may: Following) -> Response:
    """Tell whenever the page of a client changes."""
    return _events(site, client, may)


def _events(site: Site, client: str, may: May) -> Response:
    return followed(site.live, f"home {client}", partial(look, site, client), may)
