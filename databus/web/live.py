"""Keeping pages up to date: what many people look at is looked up once, and sent when it has changed."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress

_logger = logging.getLogger("databus")

INTERVAL = 1.0
"""Seconds between two looks."""

SILENCE = 15.0
"""Seconds after which something is sent that means nothing: only so is it noticed that nobody listens any more."""

LONGEST = 300.0

SECOND = 1.0

NOTHING_NEW = ": nothing new\n\n"

May = Callable[[], Awaitable[bool]]
"""Says whether somebody who follows a topic still may."""


async def anybody() -> bool:
    """Let everybody follow."""
    return True


class _Topic:
    """One thing that is looked at, and who waits for it to change."""

    def __init__(self) -> None:
        self.watchers = 0
        self.text: str | None = None
        self.changed = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def show(self, text: str) -> None:
        """Wake all who wait, if it is another text: without a lock, which many who leave at once would stumble over."""
        if text != self.text:
            self.text = text
            self.changed.set()
            self.changed = asyncio.Event()


class Live:
    """Follows texts.

    Args:
        interval: Seconds between two looks.

    Attributes:
        closed: Set by whoever wants all to stop following.
    """

    def __init__(self, *, interval: float = INTERVAL) -> None:
        self.closed = threading.Event()
        self._interval = interval
        self._topics: dict[str, _Topic] = {}

    async def follow(self, name: str, look: Callable[[], str], may: May = anybody) -> AsyncGenerator[str, None]:
        """Yield server-sent events: the text of a topic, and again whenever it has changed.

        It ends after ``LONGEST`` seconds: a browser then comes again. Where somebody may no longer follow it ends for
        good with ``OVER``: instead of the next text, or within ``SILENCE`` seconds.

        Args:
            name: Of the topic; whoever names the same one gets the same text.
            look: Returns the text; called on a thread, for all who follow the topic at once.
            may: Asked before each event. Where it fails nothing is sent until it answers.
        """
        topic = self._topics.setdefault(name, _Topic())
        topic.watchers += 1
        if topic.task is None:
            topic.task = asyncio.create_task(self._watch(name, topic, look))
        try:
            async for event in self._events(topic, may):
                yield event
        finally:
            topic.watchers -= 1
            if not topic.watchers:
                self._topics.pop(name, None)
                topic.task.cancel()

    async def _events(self, topic: _Topic, may: May) -> AsyncIterator[str]:
        began = told = time.monotonic()
        seen: str | None = None
        while not self.closed.is_set() and time.monotonic() - began < LONGEST:
            text = await self._next(topic, seen)
            if text is None and time.monotonic() - told <= SILENCE:
                continue
            told = time.monotonic()
            try:
                if not await may():
                    yield OVER
                    return
            except Exception as error:  # noqa: BLE001 - the border to the database: it may be back at the next look
                _logger.debug("Who follows cannot be told now: %s", error)
                text = None
                await asyncio.sleep(SECOND)
            seen = seen if text is None else text
            yield NOTHING_NEW if text is None else as_event(text)

    @staticmethod
    async def _next(topic: _Topic, seen: str | None) -> str | None:
        """Return the text when it is another one than was seen; None where it stays for a second."""
        if topic.text is None or topic.text == seen:
            with suppress(TimeoutError):
                # wait_for of Python 3.11 does not notice who leaves in the moment in which something changes.
                async with asyncio.timeout(SECOND):
                    await topic.changed.wait()
        return topic.text if topic.text != seen else None

    async def _watch(self, name: str, topic: _Topic, look: Callable[[], str]) -> None:
        while True:
            try:
                text = await asyncio.to_thread(look)
            except Exception as error:  # noqa: BLE001 - the border to the database: it may be back at the next look
                _logger.debug("%s cannot be followed now: %s", name, error)
            else:
                topic.show(text)
            await asyncio.sleep(self._interval)


def as_event(text: str) -> str:
    """Return a text as a server-sent event (WHATWG HTML, section 9.2), which has no halves of characters."""
    text = text.encode("utf-8", "replace").decode()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "".join(f"data: {line}\n" for line in lines) + "\n"


_SESSION_OVER = '<p class="alert alert-warning" role="alert">Your session is over. <a href="/login">Log in</a></p>'

OVER = f"{as_event(_SESSION_OVER)}event: over\ndata: over\n\n"
"""Takes the place of what was followed, and lets the browser come no more (``hx-sse:close``)."""
