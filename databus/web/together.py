"""Answering together what many ask at the same time: one thread, and one look into the database, for all of them."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

from databus.errors import StoreUnreachable

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(eq=False, slots=True)
class _Asked(Generic[Q, A]):
    question: Q
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[A]"

    def settle(self, answer: A | Exception) -> None:
        if self.answer.done():  # whoever asked has gone
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class Together(Generic[Q, A]):
    """Answers those that ask while others are being answered as one batch.

    A batch begins after all of its questions were asked: nobody gets to know less than if the answer was for one alone.

    Args:
        answer: Gives one answer per question, in their order; an exception among them is raised where it was asked, one
            that is raised everywhere. It is called on a thread, for one batch after the other.
        gather: Seconds for which, after a batch of several, it waits at most for as many questions as it has answered
            and has waiting: who has an answer often asks the next question at once, and a batch costs the less per
            question the larger it is. Who asks while nobody else does waits for nobody.
    """

    def __init__(self, answer: Callable[[Sequence[Q]], Sequence[A | Exception]], *, gather: float = 0.0) -> None:
        self._answer = answer
        self._gather = gather
        self._lock = threading.Condition()
        self._waiting: list[_Asked[Q, A]] = []
        self._enough = 0
        self._is_working = False
        self._working: asyncio.Task[None] | None = None  # asyncio holds tasks weakly: this keeps the one that works

    @property
    def is_working(self) -> bool:
        """Whether it answers, or gathers questions."""
        with self._lock:
            return self._is_working

    async def ask(self, question: Q) -> A:
        """Return the answer."""
        loop = asyncio.get_running_loop()
        asked = _Asked[Q, A](question, loop, loop.create_future())
        with self._lock:
            self._waiting.append(asked)
            if len(self._waiting) == self._enough:
                self._lock.notify()
            begins, self._is_working = not self._is_working, True
        if begins:
            self._working = loop.create_task(run_in_threadpool(self._work))
        return await asked.answer

    def _work(self) -> None:
        while batch := self._next_batch():
            answers = self._answers([each.question for each in batch])
            asking = len(batch) + len(self._waiting)
            by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Asked[Q, A], A | Exception]]] = defaultdict(list)
            for asked, answer in zip(batch, answers, strict=True):
                by_loop[asked.loop].append((asked, answer))
            for loop, settled in by_loop.items():
                with suppress(RuntimeError):  # it is closed: nobody waits there any more
                    loop.call_soon_threadsafe(_settle, settled)
            if len(batch) > 1:
                self._gather_questions(asking)

    def _gather_questions(self, enough: int) -> None:
        with self._lock:
            self._enough = enough
            self._lock.wait_for(lambda: len(self._waiting) >= enough, self._gather)
            self._enough = 0

    def _next_batch(self) -> list[_Asked[Q, A]]:
        with self._lock:
            batch, self._waiting = self._waiting, []
            self._is_working = bool(batch)
            return batch

    def _answers(self, questions: list[Q]) -> Sequence[A | Exception]:
        try:
            return self._answer(questions)
        except Exception as error:  # noqa: BLE001 - the border of the thread: each who asks is told
            return [error] * len(questions)


def one_by_one(questions: Sequence[Q], answer: Callable[[Q], A]) -> list[A | Exception]:
    """Answer each question by itself: an error of one is not that of the others.

    Raises:
        StoreUnreachable: The database is away, which is for all: each would wait for it once more.
    """
    answers: list[A | Exception] = []
    for question in questions:
        try:
            answers.append(answer(question))
        except StoreUnreachable:
            raise
        except Exception as error:  # noqa: BLE001 - the border of one question: it is raised where that was asked
            answers.append(error)
    return answers


def _settle(settled: list[tuple[_Asked[Q, A], A | Exception]]) -> None:
    for asked, answer in settled:
        asked.settle(answer)
