"""Jobs that take their time: left and found again, stopped, failed, ended with Databus."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import State
from databus.errors import StoreUnreachable
from databus.operating import bulk
from databus.operating.job import Job, Owner
from databus.operating.jobs import SHUTDOWN
from tests.web.administration import text_of
from tests.web.job_steps import DEAD, ask, audit, shown, states, steer, world
from tests.web.world import OPERATOR, World

__all__ = ["world"]


class Held:
    """A database that records only when it is let."""

    def __init__(self, database: AbstractDatabase) -> None:
        self._database = database
        self.go = threading.Event()
        self.trouble: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def record(self, outcomes: Any, **more: Any) -> Any:
        assert self.go.wait(30)
        if self.trouble:
            raise self.trouble
        return self._database.record(outcomes, **more)


@pytest.fixture
def held(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    monkeypatch.setattr(bulk, "BATCH", 1)
    monkeypatch.setattr("databus.web.jobs.QUICK", 0)
    held: Any = Held(world.database)
    world.serve(held)
    yield held
    held.go.set()
    world.site.jobs.stop()


def job_of(world: World) -> Job:
    """Return the job that the operator has begun last."""
    return world.site.jobs.of(Owner(OPERATOR.client, OPERATOR.username), "acme")[0]


def wait(world: World) -> None:
    """Wait for what is under way, as nobody at a page has to."""
    job_of(world).wait(30)


def test_it_goes_on_without_anybody_looking_and_is_found_again(world: World, held: Held) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "complete")
    wait(world)
    steer(world, browser, job, "do")
    page = browser.get(job).text
    assert "0 of 3 passengers" in page
    assert 'hx-trigger="every 1s"' in page
    assert "<noscript>" in page
    progress = job.replace("/job?", "/job/progress?")
    assert browser.get(progress).status_code == 200
    assert "1 under way" in text_of(browser.get("/clients/acme/queue"))
    held.go.set()
    wait(world)
    again = world.browser(OPERATOR)
    assert job.replace("&", "&amp;") in again.get("/clients/acme/jobs").text
    assert "Done with 3 of 3 passengers." in shown(again, job)
    ended = again.get(progress)
    assert (ended.status_code, ended.headers["hx-refresh"]) == (204, "true")


def test_it_is_stopped_after_the_batch_that_it_is_at(world: World, held: Held) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "complete")
    wait(world)
    steer(world, browser, job, "do")
    steer(world, browser, job, "stop")
    held.go.set()
    wait(world)
    assert "Done with 1 of 3 passengers. Stopped: operator has stopped it" in shown(browser, job)
    steer(world, browser, job, "undo")
    wait(world)
    assert list(states(world).values()).count(State.DEAD) == 3


def test_at_the_end_of_databus_it_says_how_far_it_came(
    world: World, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "complete")
    wait(world)
    steer(world, browser, job, "do")
    own = job_of(world)

    def stop_then_let_go(reason: str, stop: Callable[[str], None] = own.stop) -> None:
        stop(reason)
        held.go.set()

    monkeypatch.setattr(own, "stop", stop_then_let_go)
    world.site.jobs.stop()
    told = f"Set complete: 1 of 3 passengers (state dead); stopped: {SHUTDOWN}"
    assert f"operator at the web page: {told}" in audit(world)
    assert world.post(browser, DEAD, {"action": "dead"}).status_code == 400


def test_a_failure_is_told_and_can_be_begun_anew(world: World, held: Held) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "complete")
    wait(world)
    held.trouble = StoreUnreachable("secret.example does not answer")
    held.go.set()
    steer(world, browser, job, "do")
    wait(world)
    assert "Done with 0 of 3 passengers. Failed: The database could not be used" in shown(browser, job)
    assert "secret.example" not in browser.get(job).text
    held.trouble = None
    again = ask(world, browser, "complete")
    wait(world)
    steer(world, browser, again, "do")
    wait(world)
    assert "Done with 3 of 3 passengers." in shown(browser, again)
