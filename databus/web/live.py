"""Keeping pages up to date: what many people look at is looked up once, and sent when it has changed."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress

_logger = logging.getLogger("databus")

INTERVAL = 1.0
"""Seconds between two looks."""

SILENCE = 15.0
"""Seconds after which something is sent that means nothing: only so is it noticed that nobody listens any more."""

LONGEST = 300.0

SECOND = 1.0


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
        look: Returns the text of a topic; called on a thread, for all who follow it at once.
        closed: Set by whoever wants all to stop following.
    """

    def __init__(self, *, interval: float = INTERVAL) -> None:
        self.look: Callable[[str], str] = lambda name: name
        self.closed = threading.Event()
        self._interval = interval
        self._topics: dict[str, _Topic] = {}

    async def follow(self, name: str) -> AsyncGenerator[str, None]:
        """Yield server-sent events: the text of a topic, and again whenever it has changed.

        It ends after ``LONGEST`` seconds: a browser then comes again, and shows once more that it may.
        """
        topic = self._topics.setdefault(name, _Topic())
        topic.watchers += 1
        if topic.task is None:
            topic.task = asyncio.create_task(self._watch(name, topic))
        try:
            async for event in self._events(topic):
                yield event
        finally:
            topic.watchers -= 1
            if not topic.watchers:
                self._topics.pop(name, None)
                topic.task.cancel()

    async def _events(self, topic: _Topic) -> AsyncIterator[str]:
        began = told = time.monotonic()
        seen: str | None = None
        while not self.closed.is_set() and time.monotonic() - began < LONGEST:
            text = await self._next(topic, seen)
            if text is not None:
                seen, told = text, time.monotonic()
                yield as_event(text)
            elif time.monotonic() - told > SILENCE:
                told = time.monotonic()
                yield ": nothing new\n\n"

    @staticmethod
    async def _next(topic: _Topic, seen: str | None) -> str | None:
        """Return the text when it is another one than was seen; None where it stays for a second."""
        if topic.text is None or topic.text == seen:
            with suppress(TimeoutError):
                # wait_for of Python 3.11 does not notice who leaves in the moment in which something changes.
                async with asyncio.timeout(SECOND):
                    await topic.changed.wait()
        return topic.text if topic.text != seen else None

    async def _watch(self, name: str, topic: _Topic) -> None:
        while True:
            try:
                text = await asyncio.to_thread(self.look, name)
            except Exception as error:  # noqa: BLE001 - the border to the database: it may be back at the next look
                _logger.debug("%s cannot be followed now: %s", name, error)
            else:
                topic.show(text)
            await asyncio.sleep(self._interval)


def as_event(text: str) -> str:
    """Return a text as a server-sent event (WHATWG HTML, section 9.2)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "".join(f"data: {line}\n" for line in lines) + "\n"
