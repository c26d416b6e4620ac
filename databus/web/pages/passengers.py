"""Passengers: the routes of a client, what they are made of, and driving one now."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from databus.client.log import Log
from databus.errors import DatabusError, NotFound
from databus.operating.audit import write_audit
from databus.operating.pausing import pause_route
from databus.web.guard import Changing, ClientOf, SiteOf
from databus.web.overview import client_overview
from databus.web.rendering import page, segment

router = APIRouter()


@router.get("/clients/{client}/passengers")
def passengers(client: ClientOf, request: Request, site: SiteOf) -> Response:
    """Show the routes of a client."""
    overview = client_overview(site, client)
    return page(request, "passengers.html", client=client, overview=overview, can_expedite=site.expedite is not None)


@router.post("/clients/{client}/passengers/pause")
def pause(
    client: ClientOf, viewer: Changing, site: SiteOf, route: Annotated[str, Form()], paused: Annotated[bool, Form()]
) -> Response:
    """Let a route rest, or go on."""
    if route not in [each.name for each in client_overview(site, client).routes]:
        raise NotFound(f"Client {client} has no passenger {route}.")
    pause_route(site.database, client, route, paused, by=viewer.person)
    return RedirectResponse(f"/clients/{segment(client)}/passengers", 303)


@router.post("/clients/{client}/passengers/expedite")
def expedite(client: ClientOf, viewer: Changing, site: SiteOf, route: Annotated[str, Form()]) -> Response:
    """Let a route be driven now."""
    if site.expedite is None:
        raise DatabusError("This process only shows pages: it drives nothing. Say `databus drive` on the command line.")
    read = site.configs.of(client)
    if route not in [each.name for each in (read.loaded.config.passengers if read.loaded else [])]:
        raise NotFound(f"Client {client} has no passenger {route} that could be driven.")
    site.expedite(client, route)
    write_audit(site.database, client, [f"asked for a drive of {route}"], by=viewer.person, log=Log())
    return RedirectResponse(f"/clients/{segment(client)}/passengers", 303)
