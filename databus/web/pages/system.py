"""The system: pausing and resuming everything; root's administrators only."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from databus.dispatcher.route_state import is_paused
from databus.operating.pausing import pause_all
from databus.web.guard import Administering, Forbidden, SiteOf, Viewer, ViewerOf
from databus.web.rendering import page

router = APIRouter()


@router.get("/system")
def system(viewer: ViewerOf, request: Request, site: SiteOf) -> Response:
    """Show how the whole is."""
    _check(viewer)
    return page(
        request,
        "system.html",
        paused=is_paused(site.database),
        started=site.started,
        engine=type(site.database).__module__,
        clients=sorted(site.database.clients()),
    )


@router.post("/system/pause")
def pause(viewer: Administering, site: SiteOf, paused: Annotated[bool, Form()]) -> Response:
    """Let all dispatchers of this database rest, or go on."""
    _check(viewer)
    pause_all(site.database, paused, by=viewer.person)
    return RedirectResponse("/system", 303)


def _check(viewer: Viewer) -> None:
    if not viewer.is_root:
        raise Forbidden("Only users of client root see the whole system.")
