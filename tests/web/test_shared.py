"""Those who want to see the same at the same moment share one look, which begins after they have asked."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from databus.web.guard import COOKIE
from databus.web.shared import Shared
from databus.web.turns import Turns
from tests.web.world import ADMINISTRATOR, ENTRY, HOST, OPERATOR, Person, World

LIMIT = 60.0
"""Seconds after which a test has failed."""


class Shelf:
    """Says how often each thing was looked at, and makes whoever looks wait until it is let go."""

    def __init__(self) -> None:
        self.looks: list[str] = []
        self.looked = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def look(self, name: str) -> str:
        self.looks.append(name)
        self.looked.release()
        assert self.may_end.acquire(timeout=LIMIT)
        if name == "nothing":
            raise KeyError(name)
        return f"{name} {self.looks.count(name)}"

    async def has_begun(self) -> None:
        """Wait until one more look has begun."""
        assert await asyncio.to_thread(self.looked.acquire, timeout=LIMIT)


def run(test: Callable[[Shelf, Shared[str, str]], Awaitable[None]], turns: int = 9, gather: float = 0.0) -> None:
    async def limited() -> None:
        async with asyncio.timeout(LIMIT):
            shelf = Shelf()
            await test(shelf, Shared(shelf.look, Turns(turns, patience=LIMIT), gather))

    asyncio.run(limited())


async def asking(shared: Shared[str, str], *names: str) -> list["asyncio.Task[str]"]:
    """Let several ask; each has done so when this returns."""
    tasks = [asyncio.create_task(shared.ask(name)) for name in names]
    for _ in range(10):
        await asyncio.sleep(0)
    return tasks


def test_who_asks_during_a_look_shares_the_next_one() -> None:
    async def test(shelf: Shelf, shared: Shared[str, str]) -> None:
        first = await asking(shared, "a")
        await shelf.has_begun()
        later = await asking(shared, "a", "a", "a")
        shelf.may_end.release(2)
        assert await asyncio.gather(*first, *later) == ["a 1", "a 2", "a 2", "a 2"]
        assert shelf.looks == ["a", "a"]

    run(test)


def test_other_questions_do_not_wait_for_it() -> None:
    async def test(shelf: Shelf, shared: Shared[str, str]) -> None:
        tasks = await asking(shared, "a", "b")
        await shelf.has_begun()
        await shelf.has_begun()
        shelf.may_end.release(2)
        assert await asyncio.gather(*tasks) == ["a 1", "b 1"]

    run(test)


def test_looks_take_turns() -> None:
    async def test(shelf: Shelf, shared: Shared[str, str]) -> None:
        tasks = await asking(shared, "a", "b", "b")
        await shelf.has_begun()
        assert shelf.looks == ["a"]
        shelf.may_end.release(2)
        assert await asyncio.gather(*tasks) == ["a 1", "b 1", "b 1"]

    run(test, turns=1)


def test_after_a_look_that_several_share_others_are_gathered(caplog: pytest.LogCaptureFixture) -> None:
    async def test(shelf: Shelf, shared: Shared[str, str]) -> None:
        first = await asking(shared, "a", "a")
        await shelf.has_begun()
        later = await asking(shared, "a")
        shelf.may_end.release(9)
        assert await asyncio.gather(*first) == ["a 1", "a 1"]
        later += await asking(shared, "a")
        alone = await asking(shared, "b")
        assert await alone[0] == "b 1"
        assert shelf.looks == ["a", "b"]
        for each in later:
            each.cancel()

    run(test, gather=2 * LIMIT)
    assert not caplog.records


def test_who_asks_alone_does_not_wait_for_others() -> None:
    async def test(shelf: Shelf, shared: Shared[str, str]) -> None:
        shelf.may_end.release(3)
        assert [await shared.ask("a") for _ in range(3)] == ["a 1", "a 2", "a 3"]

    run(test, gather=2 * LIMIT)


def test_an_error_is_told_to_all_who_share_the_look_and_the_next_one_goes_on() -> None:
    async def test(shelf: Shelf, shared: Shared[str, str]) -> None:
        tasks = await asking(shared, "nothing", "nothing")
        shelf.may_end.release()
        for task in tasks:
            with pytest.raises(KeyError, match="nothing"):
                await task
        again = await asking(shared, "nothing")
        shelf.may_end.release()
        with pytest.raises(KeyError, match="nothing"):
            await again[0]
        assert shelf.looks == ["nothing", "nothing"]

    run(test)


def test_one_who_has_gone_takes_the_answer_from_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def test(shelf: Shelf, shared: Shared[str, str]) -> None:
        gone, stays, failing = await asking(shared, "a", "a", "nothing")
        gone.cancel()
        failing.cancel()
        with suppress(asyncio.CancelledError):
            await failing
        shelf.may_end.release(2)
        assert await stays == "a 1"

    run(test)
    assert not caplog.records, "asyncio complains of errors that nobody asked for"


def test_people_who_share_a_list_share_nothing_else(world: World) -> None:
    browsers = {person: world.browser(person) for person in (OPERATOR, ADMINISTRATOR)}

    async def show(person: Person) -> Response:
        cookies = {COOKIE: browsers[person].cookies[COOKIE]}
        transport = ASGITransport(world.app)
        async with AsyncClient(transport=transport, base_url=f"http://{HOST}", cookies=cookies) as browser:
            return await browser.get("/clients/acme/queue")

    async def both() -> list[Response]:
        return await asyncio.gather(*(show(person) for person in browsers))

    tokens = [world.csrf(browser) for browser in browsers.values()]
    for answer, own, others in zip(asyncio.run(both()), tokens, reversed(tokens), strict=True):
        assert f'value="{ENTRY}"' in answer.text
        assert own in answer.text
        assert others not in answer.text


def test_who_may_not_see_a_client_shares_nothing_of_it(world: World) -> None:
    assert world.browser(OPERATOR).get("/clients/acme/queue").status_code == 200
    assert world.browser(OPERATOR).get("/clients/other/queue").status_code == 404
