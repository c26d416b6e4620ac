"""Who asks, what they may, and whether it is really they who ask."""

from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Form, Header, Path, Request

from databus.errors import NotFound
from databus.web.live import May
from databus.web.site import Site
from databus.web.viewers import LoginNeeded, Look, Recognised, Viewer

COOKIE = "databus_session"


class Forbidden(Exception):
    """The one who asks may not do that; the text says who may."""


async def site_of(request: Request) -> Site:  # it waits for nothing, so it needs no thread
    """Return the site."""
    site: Site = request.app.state.site
    return site


def look_of(request: Request) -> Look:
    """Return what a request shows of who looks."""
    return Look(request.cookies.get(COOKIE, ""), request.path_params.get("client", ""))


async def recognised(request: Request, site: Annotated[Site, Depends(site_of)]) -> Recognised:
    """Return who looks, and whether they may see the client of the address.

    Raises:
        LoginNeeded: Nobody is logged in.
    """
    found = await site.viewers.who(look_of(request))
    request.state.viewer = found.viewer  # for what every page shows of them, also one that tells of an error
    return found


# What follows waits for nothing: as async functions they need no thread.


async def viewer_of(found: Annotated[Recognised, Depends(recognised)]) -> Viewer:
    """Return who looks."""
    return found.viewer


async def client_of(
    found: Annotated[Recognised, Depends(recognised)],
    client: Annotated[str, Path(description="The client.")],
) -> str:
    """Return the client of an address, if the viewer may see it.

    Raises:
        NotFound: There is no such client, or it is somebody else's: which of the two is nobody's business.
    """
    if not found.sees_client:
        raise NotFound(f"There is no client {client}.")
    return client


async def may_follow(
    request: Request, site: Annotated[Site, Depends(site_of)], found: Annotated[Recognised, Depends(recognised)]
) -> May:
    """Return what says whether the viewer may still see what is shown: the session may end while it is followed."""

    async def may() -> bool:
        try:
            now = await site.viewers.who(look_of(request))
        except LoginNeeded:
            return False
        return now.sees_client is found.sees_client

    return may


async def may_change(
    request: Request,
    viewer: Annotated[Viewer, Depends(viewer_of)],
    csrf: Annotated[str, Form()] = "",
    x_csrf_token: Annotated[str, Header()] = "",
) -> Viewer:
    """Return who wants to change something, if the request comes from a page of ours.

    Raises:
        Forbidden: It comes from elsewhere.
    """
    check_origin(request)
    given = csrf or x_csrf_token
    if not compare_digest(given.encode("utf-8", "surrogatepass"), viewer.session.csrf.encode()):
        raise Forbidden("This page is older than your session: load it again and repeat what you did.")
    return viewer


async def may_administer(viewer: Annotated[Viewer, Depends(may_change)]) -> Viewer:
    """Return who wants to configure something.

    Raises:
        Forbidden: It is no administrator.
    """
    check_administrator(viewer)
    return viewer


def check_administrator(viewer: Viewer) -> None:
    """Refuse what only an administrator may do.

    Raises:
        Forbidden: It is no administrator.
    """
    if not viewer.is_administrator:
        raise Forbidden("Only an administrator may do that.")


def check_origin(request: Request) -> None:
    """Refuse a request that another site's page has made the browser send.

    Raises:
        Forbidden: It did.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site not in (None, "same-origin", "none"):
        raise Forbidden("This request comes from another site's page.")
    host = request.headers.get("host")
    # Without a trusted proxy nobody says that a browser has come over TLS.
    schemes = ("https",) if request.url.scheme == "https" else ("http", "https")
    if origin is not None and origin not in [f"{scheme}://{host}" for scheme in schemes]:
        raise Forbidden("This request comes from another site's page, or a reverse proxy does not hand on Host.")


SiteOf = Annotated[Site, Depends(site_of)]
ViewerOf = Annotated[Viewer, Depends(viewer_of)]
ClientOf = Annotated[str, Depends(client_of)]
Following = Annotated[May, Depends(may_follow)]
Changing = Annotated[Viewer, Depends(may_change)]
Administering = Annotated[Viewer, Depends(may_administer)]
