"""What every answer says to the browser, and how much a request may say to us."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Content that comes from source systems runs nothing, even if it should stand in a page unescaped."""

INERT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""For the contents of attachments."""

LARGEST_FORM = 2 * 2**20
"""Bytes of a request's body."""


HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
"""Of every answer that does not say otherwise itself."""


STRICT = ("strict-transport-security", "max-age=31536000")
"""Of every answer over TLS: for a year the browser comes back in no other way."""


def secure(headers: MutableHeaders, scheme: str) -> None:
    """Add to an answer's headers what is missing of ``HEADERS``.

    Args:
        scheme: Of the request, as a trusted proxy says.
    """
    for name, value in (*HEADERS.items(), *([STRICT] if scheme == "https" else [])):
        headers.setdefault(name, value)


class SecurityHeaders:
    """Adds headers to every answer that does not have them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message), scope["scheme"])
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class TooLarge(HTTPException):
    """A request's body is larger than it may be."""

    def __init__(self, largest: int) -> None:
        said = f"This request is too large: more than {largest:,} bytes are not taken here."
        super().__init__(413, said, {"connection": "close"})


@dataclass(frozen=True, slots=True)
class LargerBodies:
    """Where bodies may be larger.

    Attributes:
        path: Of the address.
        largest: Bytes.
    """

    path: re.Pattern[str]
    largest: int


WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
"""Of other methods nobody reads a body: what is sent beside their answers ends the connection at most."""


class LimitedBodies:
    """Refuses requests whose body is too large: where they say so before it is read, else at the first byte beyond.

    Args:
        refuse: Makes an answer of a refusal.
        largest: Bytes.
        larger: Where they may be larger.
    """

    def __init__(
        self,
        app: ASGIApp,
        refuse: Callable[[Request, TooLarge], Response],
        largest: int = LARGEST_FORM,
        larger: Sequence[LargerBodies] = (),
    ) -> None:
        self._app = app
        self._refuse = refuse
        self._largest = largest
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, if the body is not too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = self._largest_of(scope)
        if _announced(scope) > largest:
            await self._refuse(Request(scope), TooLarge(largest))(scope, receive, send)
        else:
            await self._app(scope, _limited(receive, largest, may_say=scope["method"] in WITH_BODY), send)

    def _largest_of(self, scope: Scope) -> int:
        path = scope.get("path", "")
        return next((each.largest for each in self._larger if each.path.fullmatch(path)), self._largest)


def _limited(receive: Receive, largest: int, *, may_say: bool) -> Receive:
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received <= largest:
            return message
        if may_say:
            raise TooLarge(largest)  # within the application, which answers it
        return {"type": "http.disconnect"}

    return limited


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() and length.isascii() else 0
