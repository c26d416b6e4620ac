"""Looking up once what several people want to see at the same moment."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

from databus.web.turns import Turns

GATHER = 0.07
"""Seconds between the beginnings of two looks that several share: who comes meanwhile shares the second one."""

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")


class _Line(Generic[A]):
    """Who asks the same: one look at a time, and all who have come since it began wait for the next one."""

    def __init__(self) -> None:
        self.looking = asyncio.Lock()
        self.next: asyncio.Task[A] | None = None
        self.waiting = 0
        self.earliest = 0.0
        """When the next look may begin, by the clock of the event loop."""


class Shared(Generic[Q, A]):
    """Answers questions; those who ask the same before a look begins share what it finds.

    A look begins after all who share it have asked: nobody gets to see less than if it was for one alone.

    Args:
        look: Answers a question; called on a thread.
        turns: A look takes one of them.
        gather: Seconds between the beginnings of two looks that several share. Who asks alone does not wait for others.
    """

    def __init__(self, look: Callable[[Q], A], turns: Turns, gather: float = GATHER) -> None:
        self._look = look
        self._turns = turns
        self._gather = gather
        self._lines: dict[Q, _Line[A]] = {}

    async def ask(self, question: Q) -> A:
        """Return the answer; whoever shares it must not change it."""
        line = self._lines.setdefault(question, _Line())
        line.waiting += 1
        if line.next is None:
            line.next = asyncio.create_task(self._answer(question, line))
            line.next.add_done_callback(_heard)
        look = line.next
        await asyncio.wait([look])  # who goes meanwhile takes it from nobody
        return look.result()

    async def _answer(self, question: Q, line: _Line[A]) -> A:
        try:
            async with line.looking:
                await asyncio.sleep(line.earliest - asyncio.get_running_loop().time())
                async with self._turns.taken():
                    self._begin(line)
                    return await run_in_threadpool(self._look, question)
        finally:
            if line.next is None:  # nobody waits for another look
                self._lines.pop(question, None)

    def _begin(self, line: _Line[A]) -> None:
        if line.waiting > 1:
            line.earliest = asyncio.get_running_loop().time() + self._gather
        line.waiting = 0
        line.next = None  # who asks from now on wants to see what is written from now on


def _heard(task: "asyncio.Task[A]") -> None:
    """Take note of an error: where all who asked have gone nobody else does, and asyncio would complain."""
    if not task.cancelled():
        task.exception()
