"""Following what changes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from databus.web import live as module
from databus.web.live import NOTHING_NEW, OVER, Live, as_event

WAIT = 10


async def first(events: AsyncIterator[str], count: int) -> list[str]:
    found = []
    async for event in events:
        found.append(event)
        if len(found) == count:
            break
    return found


def test_who_follows_gets_the_text_and_each_other_one() -> None:
    texts = ["one", "one", "two", "two", "three"]
    live = Live(interval=0)

    def look() -> str:
        return texts.pop(0) if len(texts) > 1 else texts[0]

    async def run() -> list[str]:
        async with contextlib.aclosing(live.follow("topic", look)) as events:
            return await asyncio.wait_for(first(events, 2), WAIT)

    found = asyncio.run(run())
    assert found[0] == "data: one\n\n"
    assert found[1] in ("data: two\n\n", "data: three\n\n")  # one that was soon over may be missed


def test_many_who_follow_cost_one_look() -> None:
    looks: list[str] = []
    live = Live(interval=WAIT)

    def look() -> str:
        looks.append("one")
        return "same"

    async def run() -> list[list[str]]:
        return await asyncio.wait_for(asyncio.gather(*(first(live.follow("topic", look), 1) for _ in range(50))), WAIT)

    assert asyncio.run(run()) == [["data: same\n\n"]] * 50
    assert len(looks) <= 2


def test_a_look_that_fails_is_tried_again() -> None:
    tries: list[str] = []
    live = Live(interval=0)

    def look() -> str:
        tries.append("one")
        if len(tries) < 3:
            raise OSError("the server is away")
        return "back"

    async def run() -> list[str]:
        async with contextlib.aclosing(live.follow("topic", look)) as events:
            return await asyncio.wait_for(first(events, 1), WAIT)

    assert asyncio.run(run()) == ["data: back\n\n"]


def test_nobody_follows_after_the_end() -> None:
    live = Live(interval=0)

    async def run() -> list[str]:
        live.closed.set()
        return [event async for event in live.follow("topic", str)]

    assert asyncio.run(run()) == []
    assert live._topics == {}


def test_lines_of_any_kind_stay_lines() -> None:
    assert as_event("a\nb\r\nc\rd") == "data: a\ndata: b\ndata: c\ndata: d\n\n"


def test_halves_of_characters_end_no_stream() -> None:
    assert as_event("a\ud800b").encode() == b"data: a?b\n\n"


def test_many_who_leave_at_once_leave_no_error() -> None:
    live = Live(interval=0)
    texts = iter(range(10**9))

    def look() -> str:
        return str(next(texts))  # so that there is always something new

    async def stay(is_here: asyncio.Event) -> None:
        async with contextlib.aclosing(live.follow("topic", look)) as events:
            async for _ in events:
                is_here.set()

    async def run() -> list[BaseException | None]:
        here = [asyncio.Event() for _ in range(100)]
        people = [asyncio.create_task(stay(each)) for each in here]
        await asyncio.wait_for(asyncio.gather(*(each.wait() for each in here)), WAIT)
        for person in people:
            person.cancel()
        return await asyncio.gather(*people, return_exceptions=True)

    assert {type(each) for each in asyncio.run(run())} == {asyncio.CancelledError}


def test_who_may_follow_no_longer_gets_nothing_more() -> None:
    live = Live(interval=0)
    texts = iter(range(10**9))
    answers = iter([True, True, False])

    async def may() -> bool:
        return next(answers)

    async def run() -> list[str]:
        async with contextlib.aclosing(live.follow("topic", lambda: str(next(texts)), may)) as events:
            return await asyncio.wait_for(first(events, 4), WAIT)

    *texts_sent, last = asyncio.run(run())
    assert (len(texts_sent), last) == (2, OVER)
    assert live._topics == {}


def test_where_nobody_can_tell_who_may_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECOND", 0)
    live = Live(interval=0)
    asked: list[str] = []

    async def may() -> bool:
        asked.append("one")
        if len(asked) < 3:
            raise OSError("the server is away")
        return True

    async def run() -> list[str]:
        async with contextlib.aclosing(live.follow("topic", lambda: "text", may)) as events:
            return await asyncio.wait_for(first(events, 3), WAIT)

    assert asyncio.run(run()) == [NOTHING_NEW, NOTHING_NEW, "data: text\n\n"]


def test_who_may_is_asked_in_silence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE", 0)
    monkeypatch.setattr(module, "SECOND", 0.01)
    live = Live(interval=WAIT)
    answers = iter([True, False])

    async def may() -> bool:
        return next(answers)

    async def run() -> list[str]:
        async with contextlib.aclosing(live.follow("topic", lambda: "same", may)) as events:
            return await asyncio.wait_for(first(events, 3), WAIT)

    assert asyncio.run(run()) == ["data: same\n\n", OVER]
