"""Looking up once what several people want to see at the same moment."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

from databus.web.turns import Turns

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")


class _Line(Generic[A]):
    """Who asks the same: one look at a time, and all who have come since it began wait for the next one."""

    def __init__(self) -> None:
        self.looking = asyncio.Lock()
        self.next: asyncio.Task[A] | None = None


class Shared(Generic[Q, A]):
    """Answers questions; those who ask the same before a look begins share what it finds.

    A look begins after all who share it have asked: nobody gets to see less than if it was for one alone.

    Args:
        look: Answers a question; called on a thread.
        turns: A look takes one of them.
    """

    def __init__(self, look: Callable[[Q], A], turns: Turns) -> None:
        self._look = look
        self._turns = turns
        self._lines: dict[Q, _Line[A]] = {}

    async def ask(self, question: Q) -> A:
        """Return the answer; whoever shares it must not change it."""
        line = self._lines.setdefault(question, _Line())
        if line.next is None:
            line.next = asyncio.create_task(self._answer(question, line))
            line.next.add_done_callback(_heard)
        return await asyncio.shield(line.next)  # the others still want it where one has gone

    async def _answer(self, question: Q, line: _Line[A]) -> A:
        try:
            async with line.looking, self._turns.taken():
                line.next = None  # who asks from now on wants to see what is written from now on
                return await run_in_threadpool(self._look, question)
        finally:
            if line.next is None:  # nobody waits for another look
                self._lines.pop(question, None)


def _heard(task: "asyncio.Task[A]") -> None:
    """Take note of an error: where all who asked have gone nobody else does, and asyncio would complain."""
    if not task.cancelled():
        task.exception()
