"""Few pages are made at the same time, so that the drives of this process get on while many people look.

Python runs one thread at a time and lets all that want to run take turns: beside twenty pages a drive has a twentieth.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, move_on_after
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TURNS = 2
"""Pages that are made at the same time. More of them are not quicker."""

PATIENCE = 1.0
"""Seconds that a request waits for its turn at most: one that waits for a slow database or source must not hold up all
others."""

COST_NOTHING = re.compile(r"/static/.*|/healthz|/readyz")
"""Addresses that cost nothing."""


class Turn:
    """That of one page. Whoever has waited long enough for it goes on without."""

    def __init__(self, turns: CapacityLimiter, patience: float) -> None:
        self._turns = turns
        self._patience = patience
        self._has_begun = False

    async def begin(self) -> None:
        """Wait for it."""
        with move_on_after(self._patience):
            await self._turns.acquire_on_behalf_of(self)
            self._has_begun = True

    def end(self) -> None:
        """Let the next one begin."""
        if self._has_begun:
            self._has_begun = False
            self._turns.release_on_behalf_of(self)


class Turns:
    """Those of one installation."""

    def __init__(self, turns: int = TURNS, patience: float = PATIENCE) -> None:
        self._turns = CapacityLimiter(turns)
        self._patience = patience

    def next(self) -> Turn:
        """Return one that has not begun."""
        return Turn(self._turns, self._patience)

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Take one."""
        turn = self.next()
        await turn.begin()
        try:
            yield
        finally:
            turn.end()


class TakingTurns:
    """Lets requests that only look wait for their turn, which ends when the answer begins.

    Others do not wait: passengers that are handed over at the same time are stored together.

    Args:
        without: Addresses that take turns themselves, or need none.
    """

    def __init__(self, app: ASGIApp, turns: Turns, without: Sequence[re.Pattern[str]] = (COST_NOTHING,)) -> None:
        self._app = app
        self._turns = turns
        self._without = without

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, in its turn."""
        if scope["type"] != "http" or scope["method"] != "GET" or self._needs_none(scope["path"]):
            await self._app(scope, receive, send)
            return
        turn = self._turns.next()
        await turn.begin()

        async def send_and_end(message: Message) -> None:
            turn.end()
            await send(message)

        try:
            await self._app(scope, receive, send_and_end)
        finally:
            turn.end()

    def _needs_none(self, path: str) -> bool:
        return any(each.fullmatch(path) for each in self._without)
