"""Those who want to see the same at the same moment share one look, which begins after they have asked."""

import asyncio
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import datetime

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import Entry, Page, QueueQuery
from databus.web.guard import COOKIE
from databus.web.shared import Shared
from databus.web.turns import Turns
from tests.web.world import ADMINISTRATOR, ENTRY, HOST, OPERATOR, STRANGER, Person, World

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


class Counting(MemoryDatabase):
    """Counts lists, and lets the first wait until others have asked for it, too."""

    def __init__(self) -> None:
        super().__init__({})
        self.lists = 0
        self.has_begun = threading.Event()
        self.may_end = threading.Event()

    def find(self, query: QueueQuery, *, now: datetime) -> Page[Entry]:
        self.lists += 1
        self.has_begun.set()
        assert self.may_end.wait(LIMIT)
        return super().find(query, now=now)


@pytest.fixture
def counting() -> Iterator[Counting]:
    database = Counting()
    database.open()
    yield database
    database.close()


async def show(world: World, cookie: str) -> Response:
    """Let somebody look at acme's queue."""
    transport = ASGITransport(world.app)
    async with AsyncClient(transport=transport, base_url=f"http://{HOST}", cookies={COOKIE: cookie}) as browser:
        return await browser.get("/clients/acme/queue")


async def looking(world: World, *people: Person) -> list["asyncio.Task[Response]"]:
    """Let people look at acme's queue; each wants a look when this returns, or has an answer."""
    cookies = [world.browser(person).cookies[COOKIE] for person in people]
    tasks = [asyncio.create_task(show(world, cookie)) for cookie in cookies]
    lines = world.app.state.queue_pages._lines.values()
    while sum(line.waiting for line in lines) + sum(task.done() for task in tasks) < len(tasks):
        await asyncio.to_thread(time.sleep, 0)  # they are looked up on threads
    return tasks


def answers_to(counting: Counting, first: Person, *others: Person) -> list[Response]:
    """Return what one person gets who looks at acme's queue, and others who come during that look."""
    world = World(counting)

    async def main() -> list[Response]:
        async with asyncio.timeout(LIMIT):
            own = asyncio.create_task(show(world, world.browser(first).cookies[COOKIE]))
            await asyncio.to_thread(counting.has_begun.wait, LIMIT)
            tasks = await looking(world, *others)
            counting.may_end.set()
            return await asyncio.gather(own, *tasks)

    return asyncio.run(main())


def test_people_who_share_a_list_share_nothing_else(counting: Counting) -> None:
    answers = answers_to(counting, OPERATOR, OPERATOR, ADMINISTRATOR)
    assert counting.lists == 2, "one for the first, one for both others"
    tokens = [re.findall(r'name="csrf" value="([^"]+)"', answer.text) for answer in answers]
    assert all(f'value="{ENTRY}"' in answer.text for answer in answers)
    assert all(len(set(own)) == 1 for own in tokens)
    assert len({own[0] for own in tokens}) == len(answers)


def test_who_may_not_see_a_client_shares_nothing_of_it(counting: Counting) -> None:
    answers = answers_to(counting, OPERATOR, ADMINISTRATOR, STRANGER)
    assert [answer.status_code for answer in answers] == [200, 200, 404]
