"""Few pages are made at the same time; others wait for their turn, but not for ever."""

import re
from collections.abc import Awaitable, Callable
from typing import cast

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send

from databus.web.app import create_app
from databus.web.turns import TakingTurns, Turns
from tests.web.world import World

LIMIT = 30
"""Seconds after which a test has failed."""

LONG = 1000.0


class Pages:
    """Pages that begin to answer, and end, when they are told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.begin = anyio.Event()
        self.end = anyio.Event()
        self.answered: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])
        await self.begin.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        self.answered.append(scope["path"])
        await self.end.wait()
        await send({"type": "http.response.body"})


async def no_message() -> Message:
    raise AssertionError("nobody reads what was said")


async def sent(message: Message) -> None:
    assert message["type"].startswith("http.response")


async def ask(app: TakingTurns, path: str, method: str = "GET") -> None:
    await app({"type": "http", "method": method, "path": path}, no_message, sent)


async def until_idle() -> None:
    """Let everybody go on as far as they can."""
    for _ in range(10):
        await anyio.lowlevel.checkpoint()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        with anyio.fail_after(LIMIT):
            await test()

    anyio.run(limited)


def test_a_turn_ends_when_the_answer_begins() -> None:
    async def test() -> None:
        pages = Pages()
        app = TakingTurns(pages, Turns(2, LONG))
        async with anyio.create_task_group() as group:
            for number in range(5):
                group.start_soon(ask, app, f"/clients/{number}")
            await until_idle()
            assert len(pages.asked) == 2
            pages.begin.set()
            await until_idle()
            assert len(pages.answered) == 5, "what flows to a reader holds no turn"
            pages.end.set()

    run(test)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/v1/clients/acme/passengers/a"), ("GET", "/static/app.css"), ("GET", "/readyz")]
)
def test_who_changes_something_or_asks_for_little_does_not_wait(method: str, path: str) -> None:
    async def test() -> None:
        pages = Pages()
        app = TakingTurns(pages, Turns(1, LONG))
        async with anyio.create_task_group() as group:
            group.start_soon(ask, app, "/clients/acme")
            for _ in range(3):
                group.start_soon(ask, app, path, method)
            await until_idle()
            assert pages.asked.count(path) == 3
            pages.begin.set()
            pages.end.set()

    run(test)


def test_one_that_waits_for_a_slow_source_does_not_hold_up_the_others() -> None:
    async def test() -> None:
        pages = Pages()
        app = TakingTurns(pages, Turns(1, 0.001))
        async with anyio.create_task_group() as group:
            group.start_soon(ask, app, "/slow")
            await until_idle()
            group.start_soon(ask, app, "/other")
            while "/other" not in pages.asked:
                await anyio.lowlevel.checkpoint()
            pages.begin.set()
            pages.end.set()

    run(test)


def test_a_page_that_fails_and_one_that_is_given_up_end_their_turns() -> None:
    async def test() -> None:
        async def failing(scope: Scope, receive: Receive, send: Send) -> None:
            raise OSError("the page fails")

        app = TakingTurns(failing, Turns(1, LONG))
        for _ in range(3):
            with pytest.raises(OSError, match="the page fails"):
                await ask(app, "/clients/acme")
        pages = Pages()
        app = TakingTurns(pages, Turns(1, LONG))
        for number in range(3):
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as group:
                    group.start_soon(ask, app, f"/clients/{number}")
                    await until_idle()
                    scope.cancel()
        assert len(pages.asked) == 3

    run(test)


def test_a_turn_is_given_up_by_who_waits_for_it() -> None:
    async def test() -> None:
        pages = Pages()
        app = TakingTurns(pages, Turns(1, LONG))
        async with anyio.create_task_group() as group:
            group.start_soon(ask, app, "/first")
            await until_idle()
            with anyio.CancelScope() as waiting:
                async with anyio.create_task_group() as waiters:
                    waiters.start_soon(ask, app, "/gone")
                    await until_idle()
                    waiting.cancel()
            group.start_soon(ask, app, "/last")
            await until_idle()
            assert pages.asked == ["/first"]
            pages.begin.set()
            await until_idle()
            assert pages.asked == ["/first", "/last"]
            pages.end.set()

    run(test)


def test_the_pages_take_turns(world: World) -> None:
    assert "TakingTurns" in [getattr(each.cls, "__name__", "") for each in create_app(world.site).user_middleware]


def test_the_queue_and_looks_at_sources_take_turns_by_themselves(world: World) -> None:
    """Whoever waits for a turn before asking for the queue shares no look with anybody."""
    middleware = create_app(world.site).user_middleware
    turns = next(each.kwargs for each in middleware if getattr(each.cls, "__name__", "") == "TakingTurns")
    without = cast(list[re.Pattern[str]], turns["without"])
    assert any(each.fullmatch("/clients/acme/queue") for each in without)
    for place in ("", "/preview", "/picture"):  # a source that hangs would keep the turn
        assert any(each.fullmatch(f"/clients/acme/passengers/peek{place}") for each in without)
    others = ["/clients/acme/queue.csv", "/clients/acme", "/"]
    assert not any(each.fullmatch(path) for each in without for path in others)
