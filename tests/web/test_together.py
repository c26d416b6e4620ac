"""Many who ask at the same time are answered together, each as if alone."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from databus.web.together import Together

WAIT = 60


class Oracle:
    """Doubles numbers; it waits before each batch until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self._asked = threading.Semaphore(0)
        self._may_answer = threading.Semaphore(0)

    def answer(self, questions: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(questions))
        self._asked.release()
        assert self._may_answer.acquire(timeout=WAIT)
        return [number * 2 if number else ZeroDivisionError("of zero") for number in questions]

    async def is_asked(self) -> None:
        """Wait for a batch."""
        assert await asyncio.to_thread(self._asked.acquire, timeout=WAIT)

    def let_go(self, batches: int = 1) -> None:
        """Let so many batches be answered."""
        self._may_answer.release(batches)


async def _asking(together: Together[int, int], *numbers: int) -> "list[asyncio.Task[int]]":
    tasks = [asyncio.create_task(together.ask(number)) for number in numbers]
    await asyncio.sleep(0)  # so that they have asked
    return tasks


async def _asked_while_one_is_answered(
    oracle: Oracle, *numbers: int, gather: float = 0.0
) -> "tuple[Together[int, int], list[asyncio.Task[int]]]":
    together = Together(oracle.answer, gather=gather)
    first = await _asking(together, 1)
    await oracle.is_asked()
    return together, first + await _asking(together, *numbers)


def test_who_asks_while_others_are_answered_is_answered_in_the_next_batch() -> None:
    oracle = Oracle()

    async def main() -> list[int]:
        _, tasks = await _asked_while_one_is_answered(oracle, 2, 3, 4)
        oracle.let_go(2)
        return await asyncio.gather(*tasks)

    assert asyncio.run(main()) == [2, 4, 6, 8]
    assert oracle.batches == [[1], [2, 3, 4]]


def test_an_error_of_one_is_not_that_of_the_others() -> None:
    oracle = Oracle()

    async def main() -> list[int | BaseException]:
        _, tasks = await _asked_while_one_is_answered(oracle, 0, 3)
        oracle.let_go(2)
        return await asyncio.gather(*tasks, return_exceptions=True)

    one, error, three = asyncio.run(main())
    assert (one, three) == (2, 6)
    assert isinstance(error, ZeroDivisionError)


def test_an_error_of_a_batch_is_everybodys_and_the_next_one_goes_on() -> None:
    errors = [OSError("away")]

    def answer(questions: Sequence[int]) -> list[int]:
        if errors:
            raise errors.pop()
        return list(questions)

    async def main() -> int:
        together = Together(answer)
        with pytest.raises(OSError, match="away"):
            await together.ask(1)
        return await together.ask(2)

    assert asyncio.run(main()) == 2


def test_who_has_gone_keeps_nobody_from_an_answer() -> None:
    oracle = Oracle()

    async def main() -> int:
        together, (first, gone, other) = await _asked_while_one_is_answered(oracle, 2, 3)
        gone.cancel()
        oracle.let_go(3)
        assert await first == 2
        assert await other == 6
        return await together.ask(4)

    assert asyncio.run(main()) == 8


def test_who_asks_in_another_loop_is_answered_there() -> None:
    together = Together[int, int](lambda questions: [number * 2 for number in questions])
    assert [asyncio.run(together.ask(number)) for number in (1, 2)] == [2, 4]


def test_after_a_batch_of_several_the_next_begins_when_all_have_asked_again() -> None:
    oracle = Oracle()

    async def main() -> list[int]:
        together, tasks = await _asked_while_one_is_answered(oracle, 2, 3, gather=WAIT)
        oracle.let_go(3)
        assert await asyncio.gather(*tasks) == [2, 4, 6]
        tasks = await _asking(together, 4)
        return await asyncio.wait_for(asyncio.gather(*tasks, together.ask(5)), WAIT / 2)

    assert asyncio.run(main()) == [8, 10]
    assert oracle.batches == [[1], [2, 3], [4, 5]]


def test_who_asked_meanwhile_counts_among_those_who_are_waited_for() -> None:
    oracle = Oracle()

    async def main() -> list[int]:
        together, tasks = await _asked_while_one_is_answered(oracle, 2, 3, gather=WAIT)
        oracle.let_go()
        await oracle.is_asked()  # for 2 and 3
        meanwhile = await _asking(together, 4)
        oracle.let_go(2)
        assert await asyncio.gather(*tasks) == [2, 4, 6]
        meanwhile += await _asking(together, 5)
        return await asyncio.wait_for(asyncio.gather(*meanwhile, together.ask(6)), WAIT / 2)

    assert asyncio.run(main()) == [8, 10, 12]
    assert oracle.batches == [[1], [2, 3], [4, 5, 6]]


def test_who_asks_alone_after_a_batch_of_several_is_answered_when_the_time_is_over() -> None:
    oracle = Oracle()

    async def main() -> int:
        together, tasks = await _asked_while_one_is_answered(oracle, 2, 3, gather=0.01)
        oracle.let_go(3)
        assert await asyncio.gather(*tasks) == [2, 4, 6]
        return await together.ask(4)

    assert asyncio.run(main()) == 8


def test_who_asks_alone_waits_for_nobody() -> None:
    oracle = Oracle()
    oracle.let_go(2)

    async def main() -> list[int]:
        together = Together(oracle.answer, gather=WAIT)
        return [await asyncio.wait_for(together.ask(number), WAIT / 2) for number in (1, 2)]

    assert asyncio.run(main()) == [2, 4]
