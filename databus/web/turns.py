"""Few pages are made at the same time, so that the drives of this process get on while many people look.

Python runs one thread at a time and lets all that want to run take turns: beside twenty pages a drive has a twentieth.
"""

from anyio import CapacityLimiter, move_on_after
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TURNS = 2
"""Pages that are made at the same time. More of them are not quicker."""

PATIENCE = 1.0
"""Seconds that a request waits for its turn at most: one that waits for a slow database or source must not hold up all
others."""

AT_ONCE = ("/static/", "/healthz", "/readyz")
"""Beginnings of addresses that cost nothing."""


class Turns:
    """Lets requests that only look wait for their turn, which ends when the answer begins.

    Others do not wait: passengers that are handed over at the same time are stored together.
    """

    def __init__(self, app: ASGIApp, turns: int = TURNS, patience: float = PATIENCE) -> None:
        self._app = app
        self._turns = CapacityLimiter(turns)
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, in its turn."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith(AT_ONCE):
            await self._app(scope, receive, send)
            return
        turn = _Turn(self._turns)
        await turn.begin(self._patience)

        async def send_and_end(message: Message) -> None:
            turn.end()
            await send(message)

        try:
            await self._app(scope, receive, send_and_end)
        finally:
            turn.end()


class _Turn:
    def __init__(self, turns: CapacityLimiter) -> None:
        self._turns = turns
        self._has_begun = False

    async def begin(self, patience: float) -> None:
        with move_on_after(patience):
            await self._turns.acquire_on_behalf_of(self)
            self._has_begun = True

    def end(self) -> None:
        if self._has_begun:
            self._has_begun = False
            self._turns.release_on_behalf_of(self)
