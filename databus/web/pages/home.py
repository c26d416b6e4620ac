"""Home: whether the documents travel."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from databus.dispatcher.route_state import is_paused
from databus.errors import NotFound
from databus.web.guard import ClientOf, SiteOf, ViewerOf
from databus.web.overview import client_overview
from databus.web.rendering import page, segment
from databus.web.site import Site
from databus.web.streaming import Streaming

router = APIRouter()


def shown(site: Site, client: str) -> dict[str, Any]:
    """Return what the home page shows of a client; of all, where none is named."""
    names = [client] if client else sorted(site.database.clients())
    clients = [client_overview(site, name) for name in names]
    return {"clients": clients, "client": client, "paused": is_paused(site.database)}


@router.get("/")
def start(viewer: ViewerOf, request: Request, site: SiteOf) -> Response:
    """Show all clients to root, and others their own."""
    if not viewer.is_root:
        return RedirectResponse(f"/clients/{segment(viewer.client_id)}", 303)
    return page(request, "home.html", live="/live", **shown(site, ""))


@router.get("/live")
def follow_all(viewer: ViewerOf, site: SiteOf) -> Response:
    """Tell root whenever the page of all clients changes."""
    if not viewer.is_root:
        raise NotFound("There is no such page.")
    return _events(site, "")


@router.get("/clients/{client}")
def home(client: ClientOf, request: Request, site: SiteOf) -> Response:
    """Show a client."""
    return page(request, "home.html", live=f"/clients/{segment(client)}/live", **shown(site, client))


@router.get("/clients/{client}/live")
def follow(client: ClientOf, site: SiteOf) -> Response:
    """Tell whenever the page of a client changes."""
    return _events(site, client)


def _events(site: Site, client: str) -> Response:
    headers = {"x-accel-buffering": "no"}  # else nginx would keep an event until others fill a page of its memory
    events = site.live.follow(client)
    return Streaming(events, events.aclose, media_type="text/event-stream", headers=headers)
