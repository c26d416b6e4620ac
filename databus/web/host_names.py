"""The names that the pages are asked for under.

A page of somebody else's may have a name that leads to this machine, and so read with the eyes of whoever looks at it
what is here. The browser then asks under that name, which is none of ours.
"""

import socket
from collections.abc import Callable, Collection, Iterator
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from databus.web.outside import LOOPBACK

EVERY = "*"
"""Given as a name: every name is ours, and so is none."""

LONGEST_SHOWN = 100


class HostNames:
    """Names of this installation.

    Args:
        names: They; upper and lower case are the same.
        addresses: Whether IP addresses are ours, too: whoever asks for one was led here by nobody's name.
    """

    def __init__(self, names: Collection[str], *, addresses: bool) -> None:
        self._names = {_plain(name) for name in names} - {""}
        self._addresses = addresses

    def know(self, name: str) -> bool:
        """Whether a name is one of them."""
        return EVERY in self._names or name in self._names or (self._addresses and _is_address(name))


def names_of(host: str, given: Collection[str]) -> HostNames:
    """Return the names of an installation.

    Args:
        host: Where it listens.
        given: What an operator says they are. Else they are those of this machine, as far as it knows them.
    """
    if given:
        return HostNames([*given, *LOOPBACK], addresses=False)
    return HostNames([host, *LOOPBACK, *_own(host)], addresses=True)


def _own(host: str) -> Iterator[str]:
    yield socket.gethostname()
    # The whole name may take a look into the DNS, which nobody needs who stays on this machine.
    if host not in LOOPBACK:
        yield socket.getfqdn()


class OwnHostNames:
    """Answers only who asks for this installation by one of its names.

    Args:
        names: They.
        refuse: Makes an answer of a refusal.
    """

    def __init__(self, app: ASGIApp, names: HostNames, refuse: Callable[[Request, HTTPException], Response]) -> None:
        self._app = app
        self._names = names
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await self._refuse(Request(scope), refusal)(scope, receive, send)

    def _refusal(self, scope: Scope) -> HTTPException | None:
        given = Headers(scope=scope).get("host", "")
        name = _name(given)
        if self._names.know(name):
            return None
        if not name:
            return HTTPException(HTTPStatus.BAD_REQUEST, "This request does not say for which host it is (Host).")
        said = (
            f"This Databus does not know that it is called {name[:LONGEST_SHOWN]}. "
            "If it is, whoever runs it starts it with --host-name and this name."
        )
        return HTTPException(HTTPStatus.MISDIRECTED_REQUEST, said)


def _name(host: str) -> str:
    """Return the name in a header, without the port; empty where there is none."""
    try:
        return _plain(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return ""


def _plain(name: str) -> str:
    return name.strip().strip("[]").rstrip(".").lower()


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
