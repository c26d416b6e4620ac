"""About: what this is, for everybody who is logged in."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from databus.operating.installation import engine_name, versions
from databus.web.guard import SiteOf, ViewerOf
from databus.web.rendering import page

router = APIRouter()


@router.get("/about")
def about(viewer: ViewerOf, request: Request, site: SiteOf) -> Response:
    """Show versions, engine, and where to read more; nothing of servers, folders or other clients."""
    return page(
        request,
        "about.html",
        versions=versions(),
        engine=engine_name(site.database),
        started=site.started,
        uptime=site.clock() - site.started,
    )
