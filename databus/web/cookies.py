"""The cookie that a session is known by."""

from fastapi import Request
from starlette.responses import Response

from databus.web.guard import COOKIE
from databus.web.sessions import REMEMBERED
from databus.web.site import Site
from databus.web.viewers import Viewer


def set_session(response: Response, request: Request, cookie: str, *, remember: bool) -> None:
    """Let the browser keep a session."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(REMEMBERED.total_seconds()) if remember else None,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def keep_logged_in(response: Response, request: Request, site: Site, viewer: Viewer) -> None:
    """Begin another session for who looks, whose password or name of theirs ended the present one."""
    account = site.accounts.find(viewer.client_id, viewer.username)
    if account is not None:
        remember = viewer.session.remembered
        set_session(
            response, request, site.sessions.begin(account, remember=remember, now=site.clock()), remember=remember
        )
