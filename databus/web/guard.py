"""Who asks, what they may, and whether it is really they who ask."""

from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated, ClassVar

from fastapi import Depends, Form, Header, Path, Request
from starlette.concurrency import run_in_threadpool

from databus.client.client import Client
from databus.client.user import Role
from databus.errors import NotFound
from databus.operating.audit import Person
from databus.web.sessions import Session
from databus.web.site import Site

COOKIE = "databus_session"


class LoginNeeded(Exception):
    """Nobody is logged in, or no longer."""


class Forbidden(Exception):
    """The one who asks may not do that; the text says who may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """Who asks, in whatever way.

    Attributes:
        client_id: The client that the user belongs to.
        username: The user's name within the client.
        through: The interface, as the record of changes calls it.
    """

    through: ClassVar[str]

    client_id: str
    username: str
    role: Role

    @property
    def is_root(self) -> bool:
        """Whether all clients may be seen."""
        return self.client_id == Client.ROOT

    @property
    def is_administrator(self) -> bool:
        """Whether the user may configure."""
        return self.role is Role.ADMINISTRATOR

    @property
    def person(self) -> Person:
        """Who it is, for the record of changes."""
        name = self.username if not self.is_root else f"{self.username} of {self.client_id}"
        return Person(name, self.through)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer(Somebody):
    """Who looks at a page."""

    through = "the web page"

    session: Session


async def site_of(request: Request) -> Site:  # it waits for nothing, so it needs no thread
    """Return the site."""
    site: Site = request.app.state.site
    return site


def viewer_of(request: Request, site: Annotated[Site, Depends(site_of)]) -> Viewer:
    """Return who looks.

    Raises:
        LoginNeeded: Nobody is logged in: the session is over, the user is gone, or has another password since.
    """
    session = site.sessions.find(request.cookies.get(COOKIE, ""), now=site.clock())
    account = session and site.accounts.find(session.client_id, session.username)
    if not session or not account or session.stamp != account.stamp:
        raise LoginNeeded
    request.state.viewer = viewer = Viewer(
        client_id=session.client_id, username=session.username, role=account.role, session=session
    )
    return viewer


async def client_of(
    viewer: Annotated[Viewer, Depends(viewer_of)],
    site: Annotated[Site, Depends(site_of)],
    client: Annotated[str, Path(description="The client.")],
) -> str:
    """Return the client of an address, if the viewer may see it.

    Raises:
        NotFound: There is no such client, or it is somebody else's: which of the two is nobody's business.
    """
    # Who looks at the own client needs no thread for it.
    if client == viewer.client_id or (viewer.is_root and client in await run_in_threadpool(site.database.clients)):
        return client
    raise NotFound(f"There is no client {client}.")


def may_change(
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


def may_administer(viewer: Annotated[Viewer, Depends(may_change)]) -> Viewer:
    """Return who wants to configure something.

    Raises:
        Forbidden: It is no administrator.
    """
    if not viewer.is_administrator:
        raise Forbidden("Only an administrator may do that.")
    return viewer


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
Changing = Annotated[Viewer, Depends(may_change)]
Administering = Annotated[Viewer, Depends(may_administer)]
