"""The pages of one installation as an ASGI application."""

from functools import partial
from importlib.resources import files
from typing import Final

from fastapi import FastAPI

from databus.web import troubles
from databus.web.api.access import Callers
from databus.web.api.document import add_document
from databus.web.api.router import api_router
from databus.web.api.seater import Seaters
from databus.web.api.seating import PATH as SEATING
from databus.web.head_requests import HeadAsGet
from databus.web.headers import LargerBodies, LimitedBodies, SecurityHeaders
from databus.web.host_names import OwnHostNames
from databus.web.own_files import OwnFiles
from databus.web.pages import (
    about,
    attachment,
    audit,
    clients,
    customizing,
    customizing_check,
    customizing_form,
    customizing_history,
    entry,
    export,
    home,
    jobs,
    log,
    login,
    one_log,
    passengers,
    peek,
    peek_attachment,
    queue,
    queue_many,
    system,
    users,
)
from databus.web.shared import Shared
from databus.web.site import Site
from databus.web.turns import COST_NOTHING, TakingTurns, Turns

PAGES: Final = (
    login, home, passengers, peek, peek_attachment, queue, queue_many, jobs, entry, attachment, log, one_log, system,
    users, clients, customizing, customizing_check, customizing_form, customizing_history, audit, export, about,
)  # fmt: skip


def create_app(site: Site) -> FastAPI:
    """Return the application."""
    app = FastAPI(title=site.alias, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.site = site
    app.state.callers = Callers(site)
    app.state.seaters = Seaters(site)
    turns = Turns()
    app.state.queue_pages = Shared(partial(queue.queue_page, site), turns)
    # As they are: including routers would make all of their routes anew, which costs more than a hundred requests.
    api = api_router()
    app.router.routes.extend(api.routes)
    add_document(app, api)
    for each in PAGES:
        app.router.routes.extend(each.router.routes)
    app.mount("/static", OwnFiles(directory=str(files("databus.web") / "static")), name="static")
    troubles.register(app)
    app.add_middleware(TakingTurns, turns=turns, without=[COST_NOTHING, queue.PATH, peek.PATH])
    app.add_middleware(LimitedBodies, refuse=troubles.show_http, larger=[LargerBodies(SEATING, site.largest_passenger)])
    app.add_middleware(OwnHostNames, names=site.host_names, refuse=troubles.show_http)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HeadAsGet)
    return app
