"""The pages of one installation as an ASGI application."""

from importlib.resources import files
from typing import Final

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from databus.web import troubles
from databus.web.api.access import Callers
from databus.web.api.desk import Desks
from databus.web.api.document import add_document
from databus.web.api.router import api_router
from databus.web.api.seating import PATH as SEATING
from databus.web.headers import LargerBodies, LimitedBodies, SecurityHeaders
from databus.web.host_names import OwnHostNames
from databus.web.pages import (
    audit,
    customizing,
    customizing_history,
    entry,
    home,
    log,
    login,
    passengers,
    peek,
    queue,
    system,
    users,
)
from databus.web.rendering import part
from databus.web.site import Site

PAGES: Final = (
    login, home, passengers, peek, queue, entry, log, system, users, customizing, customizing_history, audit,
)  # fmt: skip


def create_app(site: Site) -> FastAPI:
    """Return the application."""
    app = FastAPI(title=site.alias, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.site = site
    app.state.callers = Callers(site)
    app.state.desks = Desks(site)
    site.live.look = lambda client: part("home_part.html", **home.shown(site, client))
    api = api_router()
    app.include_router(api)
    add_document(app, api)
    for each in PAGES:
        app.include_router(each.router)
    app.mount("/static", StaticFiles(directory=str(files("databus.web") / "static")), name="static")
    troubles.register(app)
    app.add_middleware(LimitedBodies, refuse=troubles.show_http, larger=[LargerBodies(SEATING, site.largest_passenger)])
    app.add_middleware(OwnHostNames, names=site.host_names, refuse=troubles.show_http)
    app.add_middleware(SecurityHeaders)
    return app
