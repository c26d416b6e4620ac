"""Answering HEAD: what GET would answer, without its body."""

from anyio.lowlevel import checkpoint
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Lets the application answer HEAD as GET. Of its answer only the head is sent, and the answer is over then.

    A stream of any length ends at its first piece, because it is told that nobody listens any more.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body"})
            else:
                await checkpoint()  # where a stream that is always ready is ended

        await self._app({**scope, "method": "GET"}, receive, send_head)
