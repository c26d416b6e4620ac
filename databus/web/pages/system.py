"""The system: what runs, the clients' switches, and the end of it all; for users of root."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from databus.dispatcher.driving import this_process
from databus.dispatcher.route_state import is_paused
from databus.operating.installation import disk_of, engine_name, versions
from databus.operating.pausing import pause_all, switch_client
from databus.operating.running import client_activity
from databus.operating.shutting_down import NO_DISPATCHER, NothingToEnd, shut_down
from databus.web.administering import RootAdministering, RootAdministrator, RootViewer
from databus.web.guard import SiteOf
from databus.web.rendering import page

router = APIRouter()

PAGE: Final = 50
"""Clients that are shown at once."""

ClientId = Annotated[str, Form(max_length=1000)]


@router.get("/system")
def system(
    viewer: RootViewer, request: Request, site: SiteOf, after: Annotated[str, Query(max_length=1000)] = ""
) -> Response:
    """Show how the whole is."""
    now = site.clock()
    names = sorted(name for name in site.database.clients() if name > after)
    clients = [client_activity(site.database, name, now=now) for name in names[:PAGE]]
    return page(
        request,
        "system.html",
        paused=is_paused(site.database),
        started=site.started,
        process=this_process(),
        engine=engine_name(site.database),
        disk=disk_of(site.database),
        versions=versions(),
        drives=site.active_drives(),
        can_shut_down=site.shutdown is not None,
        no_dispatcher=NO_DISPATCHER,
        clients=clients,
        after=after,
        next_after=names[PAGE - 1] if len(names) > PAGE else "",
    )


@router.post("/system/pause")
def pause(viewer: RootAdministering, site: SiteOf, paused: Annotated[bool, Form()]) -> Response:
    """Let all dispatchers of this database rest, or go on."""
    pause_all(site.database, paused, by=viewer.person)
    return RedirectResponse("/system", 303)


@router.post("/system/client")
def switch(viewer: RootAdministering, site: SiteOf, client: ClientId, on: Annotated[bool, Form()]) -> Response:
    """Switch a client on or off."""
    switch_client(site.database, client, on, by=viewer.person)
    return RedirectResponse("/system#clients", 303)


@router.get("/system/shutdown")
def ask(viewer: RootAdministrator, request: Request, site: SiteOf) -> Response:
    """Ask whether the process is really to end, and show what is still running."""
    if site.shutdown is None:
        raise NothingToEnd(NO_DISPATCHER)
    export = site.exports.running_here()
    return page(request, "shutdown.html", process=this_process(), drives=site.active_drives(), export=export)


@router.post("/system/shutdown")
def shutdown(viewer: RootAdministering, request: Request, site: SiteOf) -> Response:
    """Let the dispatcher of this process end as with Ctrl-C."""
    drives = site.active_drives()
    shut_down(site.database, site.shutdown, by=viewer.person)
    return page(request, "ended.html", process=this_process(), drives=drives)
