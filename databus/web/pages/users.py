"""Users: who may come into a client, and as what."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from databus.database.records import CONFIG
from databus.errors import ConfigError, DatabusError, NotFound, StoreError
from databus.operating.users import SHORTEST_PASSWORD, KnownUser, UserEditing, user_in, users_in
from databus.web.administering import Administrator
from databus.web.cookies import keep_logged_in
from databus.web.guard import Administering, ClientOf, SiteOf
from databus.web.rendering import page, query, segment
from databus.web.site import Site
from databus.web.viewers import Viewer

router = APIRouter()

Name = Annotated[str, Form(max_length=500)]
Secret = Annotated[str, Form(max_length=1000)]
Role = Annotated[Literal["administrator", "operator"], Form()]
Sure = Annotated[bool, Form()]

DONE: Final = {
    "added": "The user was added.",
    "removed": "The user was removed; open sessions have ended.",
    "role": "The role was changed.",
    "password": "The password was changed; sessions that were open with the old one have ended.",
    "cleared": "The token was taken away.",
}


def known_users(site: Site, client: str) -> tuple[list[KnownUser], str]:
    """Return the users of a client, or why they cannot be read."""
    try:
        return users_in(site.database.read_document(client, CONFIG).content), ""
    except ConfigError as error:
        return [], str(error)


@router.get("/clients/{client}/users")
def users(
    client: ClientOf, viewer: Administrator, request: Request, site: SiteOf, done: Annotated[str, Query()] = ""
) -> Response:
    """List the users of a client."""
    return _list(client, request, site, done=DONE.get(done, ""))


@router.post("/clients/{client}/users")
def add(
    client: ClientOf,
    viewer: Administering,
    request: Request,
    site: SiteOf,
    username: Name = "",
    role: Role = "operator",
    password: Secret = "",
    again: Secret = "",
    token: Sure = False,
) -> Response:
    """Add a user."""
    try:
        _check_equal(password, again)
        made = _editing(site, client, viewer).add(username, role=role, password=password, with_token=token)
    except DatabusError as error:
        return _list(client, request, site, said=_said(error), typed=(username, role), status=400)
    return _token(client, request, username, made) if made else _to_list(client, "added")


@router.get("/clients/{client}/users/user")
def user(
    client: ClientOf,
    viewer: Administrator,
    request: Request,
    site: SiteOf,
    name: Annotated[str, Query(max_length=500)],
    done: Annotated[str, Query()] = "",
) -> Response:
    """Show a user."""
    return _one(client, request, site, viewer, name, done=DONE.get(done, ""))


@router.post("/clients/{client}/users/role")
def set_role(
    client: ClientOf,
    viewer: Administering,
    request: Request,
    site: SiteOf,
    name: Name,
    role: Role,
    sure: Sure = False,
) -> Response:
    """Give a user another role."""
    if _is_self(viewer, client, name) and role == "operator" and not sure:
        said = "As an operator you cannot come back to this page: tick that you are sure."
        return _one(client, request, site, viewer, name, said=said, status=409)
    try:
        _editing(site, client, viewer).set_role(name, role)
    except DatabusError as error:
        return _one(client, request, site, viewer, name, said=_said(error), status=409)
    if _is_self(viewer, client, name) and role == "operator":
        return RedirectResponse(f"/clients/{segment(client)}", 303)
    return _to_user(client, name, "role")


@router.post("/clients/{client}/users/password")
def set_password(
    client: ClientOf,
    viewer: Administering,
    request: Request,
    site: SiteOf,
    name: Name,
    password: Secret = "",
    again: Secret = "",
) -> Response:
    """Give a user another password; sessions with the old one end."""
    try:
        _check_equal(password, again)
        _editing(site, client, viewer).set_password(name, password)
    except DatabusError as error:
        return _one(client, request, site, viewer, name, said=_said(error), status=400)
    site.sessions.end_all(client, name, now=site.clock())
    response = _to_user(client, name, "password")
    if _is_self(viewer, client, name):
        keep_logged_in(response, request, site, viewer)
    return response


@router.post("/clients/{client}/users/token")
def make_token(client: ClientOf, viewer: Administering, request: Request, site: SiteOf, name: Name) -> Response:
    """Make a token; this answer alone shows it."""
    try:
        made = _editing(site, client, viewer).make_token(name)
    except DatabusError as error:
        return _one(client, request, site, viewer, name, said=_said(error), status=409)
    return _token(client, request, name, made)


@router.post("/clients/{client}/users/token/clear")
def clear_token(client: ClientOf, viewer: Administering, request: Request, site: SiteOf, name: Name) -> Response:
    """Take a token away."""
    try:
        _editing(site, client, viewer).clear_token(name)
    except DatabusError as error:
        return _one(client, request, site, viewer, name, said=_said(error), status=409)
    return _to_user(client, name, "cleared")


@router.post("/clients/{client}/users/remove")
def remove(
    client: ClientOf, viewer: Administering, request: Request, site: SiteOf, name: Name, sure: Sure = False
) -> Response:
    """Remove a user, whose sessions end."""
    if not sure:
        said = "Nothing was removed: tick that you are sure."
        return _one(client, request, site, viewer, name, said=said, status=409)
    try:
        _editing(site, client, viewer).remove(name)
    except DatabusError as error:
        return _one(client, request, site, viewer, name, said=_said(error), status=409)
    site.sessions.end_all(client, name, now=site.clock())
    return _to_list(client, "removed")


def _editing(site: Site, client: str, viewer: Viewer) -> UserEditing:
    return UserEditing(site.database, client, viewer.person)


def _check_equal(password: str, again: str) -> None:
    if password != again:
        raise DatabusError("The two passwords differ: nothing was changed.")


def _said(error: DatabusError) -> str:
    """Return what the page says; what it cannot help with is raised again."""
    if isinstance(error, StoreError | NotFound):
        raise error
    text = str(error)
    return text[:1].upper() + text[1:]


def _is_self(viewer: Viewer, client: str, name: str) -> bool:
    return (viewer.client_id, viewer.username) == (client, name)


def _to_list(client: str, done: str) -> Response:
    return RedirectResponse(f"/clients/{segment(client)}/users{query({'done': done})}", 303)


def _to_user(client: str, name: str, done: str) -> Response:
    return RedirectResponse(f"/clients/{segment(client)}/users/user{query({'name': name, 'done': done})}", 303)


def _list(
    client: str,
    request: Request,
    site: Site,
    *,
    said: str = "",
    done: str = "",
    typed: tuple[str, str] = ("", "operator"),
    status: int = 200,
) -> Response:
    found, trouble = known_users(site, client)
    return page(
        request,
        "users.html",
        status=status,
        client=client,
        users=found,
        logins=site.last_logins.of(client),
        trouble=trouble,
        said=said,
        done=done,
        typed=typed,
        shortest=SHORTEST_PASSWORD,
    )


def _one(
    client: str,
    request: Request,
    site: Site,
    viewer: Viewer,
    name: str,
    *,
    said: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    return page(
        request,
        "user.html",
        status=status,
        client=client,
        user=user_in(site.database.read_document(client, CONFIG).content, name),
        is_self=_is_self(viewer, client, name),
        last_login=site.last_logins.of(client).get(name),
        said=said,
        done=done,
        shortest=SHORTEST_PASSWORD,
    )


def _token(client: str, request: Request, username: str, token: str) -> Response:
    return page(request, "token.html", client=client, username=username, token=token)
