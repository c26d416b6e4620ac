"""Many who ask at the same time are answered together, each as if alone."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from databus.web.together import Together

WAIT = 60


class Oracle:
    """Doubles numbers, and waits before the first batch until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.is_asked = threading.Event()
        self.may_answer = threading.Event()

    def answer(self, questions: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(questions))
        self.is_asked.set()
        assert self.may_answer.wait(WAIT)
        return [number * 2 if number else ZeroDivisionError("of zero") for number in questions]


async def _asked_while_one_is_answered(
    oracle: Oracle, *numbers: int
) -> "tuple[Together[int, int], list[asyncio.Task[int]]]":
    together = Together(oracle.answer)
    first = asyncio.create_task(together.ask(1))
    await asyncio.to_thread(oracle.is_asked.wait, WAIT)
    others = [asyncio.create_task(together.ask(number)) for number in numbers]
    await asyncio.sleep(0)  # so that they have asked
    return together, [first, *others]


def test_who_asks_while_others_are_answered_is_answered_in_the_next_batch() -> None:
    oracle = Oracle()

    async def main() -> list[int]:
        _, tasks = await _asked_while_one_is_answered(oracle, 2, 3, 4)
        oracle.may_answer.set()
        return await asyncio.gather(*tasks)

    assert asyncio.run(main()) == [2, 4, 6, 8]
    assert oracle.batches == [[1], [2, 3, 4]]


def test_an_error_of_one_is_not_that_of_the_others() -> None:
    oracle = Oracle()

    async def main() -> list[int | BaseException]:
        _, tasks = await _asked_while_one_is_answered(oracle, 0, 3)
        oracle.may_answer.set()
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
        oracle.may_answer.set()
        assert await first == 2
        assert await other == 6
        return await together.ask(4)

    assert asyncio.run(main()) == 8


def test_who_asks_in_another_loop_is_answered_there() -> None:
    together = Together[int, int](lambda questions: [number * 2 for number in questions])
    assert [asyncio.run(together.ask(number)) for number in (1, 2)] == [2, 4]


def test_after_a_batch_of_several_more_are_gathered() -> None:
    oracle, goes_on, rests = Oracle(), threading.Event(), threading.Event()
    oracle.may_answer.set()

    def rest() -> None:
        rests.set()
        assert goes_on.wait(WAIT)

    async def main() -> None:
        together = Together(oracle.answer, rest=rest)
        assert await together.ask(1) == 2
        assert not rests.is_set(), "who asks alone waits for nobody"
        oracle.may_answer.clear()
        oracle.is_asked.clear()
        tasks = [asyncio.create_task(together.ask(2))]
        await asyncio.to_thread(oracle.is_asked.wait, WAIT)
        tasks += [asyncio.create_task(together.ask(number)) for number in (3, 4)]
        await asyncio.sleep(0)
        oracle.may_answer.set()
        assert await asyncio.gather(*tasks) == [4, 6, 8]
        await asyncio.to_thread(rests.wait, WAIT)
        tasks = [asyncio.create_task(together.ask(number)) for number in (5, 6)]
        await asyncio.sleep(0)
        goes_on.set()
        assert await asyncio.gather(*tasks) == [10, 12]

    asyncio.run(main())
    assert oracle.batches == [[1], [2], [3, 4], [5, 6]]
