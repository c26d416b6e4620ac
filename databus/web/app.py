"""The pages of one installation as an ASGI application."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Final

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from databus.web import troubles
from databus.web.api.document import add_document
from databus.web.api.router import api_router
from databus.web.api.seating import PATH as SEATING
from databus.web.headers import LargerBodies, LimitedBodies, SecurityHeaders
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
from databus.web.site import Site

PAGES: Final = (
    login, home, passengers, peek, queue, entry, log, system, users, customizing, customizing_history, audit,
)  # fmt: skip

FOLLOWED: Final[Mapping[str, Callable[[Site, str], str]]] = {home.TOPIC: home.look, passengers.TOPIC: passengers.look}
"""Pages that are kept up to date, by what is followed."""


def create_app(site: Site) -> FastAPI:
    """Return the application."""
    app = FastAPI(title=site.alias, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.site = site
    site.live.look = lambda topic: _look(site, topic)
    for each in PAGES:
        app.include_router(each.router)
    api = api_router()
    app.include_router(api)
    add_document(app, api)
    app.mount("/static", StaticFiles(directory=str(files("databus.web") / "static")), name="static")
    troubles.register(app)
    app.add_middleware(LimitedBodies, refuse=troubles.show_http, larger=[LargerBodies(SEATING, site.largest_passenger)])
    app.add_middleware(SecurityHeaders)
    return app


def _look(site: Site, topic: str) -> str:
    """Return what those see who follow a topic."""
    name, _, client = topic.partition(" ")
    return FOLLOWED[name](site, client)
