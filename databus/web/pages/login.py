"""Coming in and going out."""

import secrets
from functools import partial
from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from databus.client.log import Log
from databus.operating.audit import Person, write_audit
from databus.web.cookies import set_session
from databus.web.guard import COOKIE, Changing, SiteOf, check_origin
from databus.web.rendering import page
from databus.web.viewers import Viewer, own_name

router = APIRouter()

FORM_COOKIE = "databus_login"
"""Shows that who sends the form has got it from here."""

FORM_PATH = "/login"

Text = Annotated[str, Form(max_length=500)]

LONGEST_ADDRESS = 8000
"""Characters of an address that a login leads back to; the filters of a list can be long."""


@router.get("/login")
def login_form(request: Request, next: str = "") -> Response:
    """Show the form."""
    return _form(request, next, "", "", "")


@router.post("/login")
def login(
    request: Request,
    site: SiteOf,
    client: Text = "",
    username: Text = "",
    password: Text = "",
    remember: Annotated[bool, Form()] = False,
    token: Text = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Let somebody in."""
    check_origin(request)
    expected = request.cookies.get(FORM_COOKIE, "")
    if not expected or not compare_digest(token.encode("utf-8", "replace"), expected.encode("utf-8", "replace")):
        return _form(request, next, client, username, "This form was too old. Please log in again.", status=403)
    address = request.client.host if request.client else ""
    may_try = partial(site.throttle.may_try, address, (client, username))
    note = partial(site.failed_logins.note, client, username, address=address, through=Viewer.through, now=site.clock())
    account = site.accounts.authenticate(client, username, password) if may_try() else None
    # Asked again, for guesses that are made side by side: a right one behind too many wrong ones is refused, too.
    if not may_try() or (account is None and not site.throttle.failed(address, (client, username))):
        note(throttled=True)
        said = "Too many failed logins from here: wait five minutes."
        return _form(request, next, client, username, said, status=429)
    if account is None:
        note(throttled=False)
        said = "Client, user and password do not fit together."
        return _form(request, next, client, username, said, status=401)
    now = site.clock()
    if before := site.sessions.find(request.cookies.get(COOKIE, ""), now=now):
        site.sessions.end(before, now=now)
    cookie = site.sessions.begin(account, remember=remember, now=now)
    users = [each.username for each in site.accounts.of(account.client_id)]
    site.last_logins.note(account.client_id, account.username, users=users, now=now)
    person = Person(own_name(account.username), Viewer.through)
    write_audit(site.database, account.client_id, [f"logged in from {address}"], by=person, log=Log())
    response = RedirectResponse(_own_address(next), 303)
    response.delete_cookie(FORM_COOKIE, path=FORM_PATH)
    set_session(response, request, cookie, remember=remember)
    return response


@router.post("/logout")
def logout(viewer: Changing, site: SiteOf) -> Response:
    """Let somebody out."""
    site.sessions.end(viewer.session, now=site.clock())
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE)
    return response


def _form(request: Request, next: str, client: str, username: str, said: str, *, status: int = 200) -> Response:
    token = secrets.token_urlsafe(32)
    response = page(
        request, "login.html", status=status, token=token, next=next, client=client, username=username, said=said
    )
    response.set_cookie(
        FORM_COOKIE, token, secure=request.url.scheme == "https", httponly=True, samesite="strict", path=FORM_PATH
    )
    return response


def _own_address(address: str) -> str:
    r"""Return where to go after the login: only to a page of ours. Browsers take ``//`` and ``/\`` for other sites."""
    is_own = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_own and len(address) <= LONGEST_ADDRESS else "/"
