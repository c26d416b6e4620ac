"""Answers that come bit by bit."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping

from anyio import CancelScope
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from databus.web.live import Live, May


class Streaming(StreamingResponse):
    """A stream that is closed when the answer is over, also where nobody has read it to its end.

    Starlette lets go of it then, and a collection of garbage closes it some time.

    Args:
        close: Closes what it comes from.
    """

    def __init__(
        self,
        content: Iterable[bytes] | AsyncIterable[str],
        close: Callable[[], Awaitable[None]],
        *,
        media_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(content, media_type=media_type, headers=headers)
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await self._close()


def followed(live: Live, name: str, look: Callable[[], str], may: May) -> Streaming:
    """Answer with server-sent events: a text, and again whenever it has changed; see ``Live.follow``."""
    headers = {"x-accel-buffering": "no"}  # else nginx would keep an event until others fill a page of its memory
    events = live.follow(name, look, may)
    return Streaming(events, events.aclose, media_type="text/event-stream", headers=headers)
