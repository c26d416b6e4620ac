"""The threads on which plug-ins are called: calls that hang, results that come late, errors of the recording side."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from databus.client.config import PluginConfig
from databus.client.log import Log
from databus.driver.plugins import Plugins
from databus.driver.stage import Done, PluginThread, Stage, Task, TimeLimitExceeded
from databus.driver.team import Team
from databus.puller.abstract_puller import AbstractPuller
from databus.timestamps import utc_now

WAIT = 20


class Crew:
    """A team, and what came of it."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.heart: Callable[[], None] = lambda: None
        self.results: list[Any] = []
        self.teams: list[Team] = []

    def team(self, time_limit: float = WAIT) -> Team:
        team = Team(
            "crew",
            lambda: Plugins(Log(), ("client", "route")),
            time_limit=time_limit,
            stop=self.stop,
            grace=WAIT,
            heartbeat=self.beat,
        )
        self.teams.append(team)
        return team

    def beat(self) -> None:
        self.heart()

    def take(self, results: list[Done]) -> None:
        self.results += [type(done.error) if done.error else done.value for done in results]


@pytest.fixture
def crew() -> Iterator[Crew]:
    made = Crew()
    yield made
    for team in made.teams:
        team.close()
        assert not any(thread.is_alive() for thread in team._threads), "no thread is left behind"


def calls(*functions: Callable[[], Any]) -> list[Task]:
    return [Task(lambda plugins, function=function: function()) for function in functions]  # type: ignore[misc] # mypy reads no defaults of lambdas


@pytest.mark.parametrize("each", [True, False])
def test_after_a_failed_record_nothing_more_is_called(crew: Crew, each: bool) -> None:
    called: list[int] = []
    refused = threading.Event()

    def refuse(results: list[Done]) -> None:
        refused.set()
        raise OSError("disk full")

    def second() -> None:
        called.append(2)
        refused.wait(WAIT)

    with pytest.raises(OSError, match="disk full"):
        crew.team().run(calls(lambda: called.append(1), second, lambda: called.append(3)), refuse, each=each)
    assert called == ([1] if each else [1, 2])


def test_what_runs_while_the_heartbeat_fails_is_waited_for_and_handed_over(crew: Crew) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def fail() -> None:
        assert begun.wait(WAIT)
        go_on.set()
        raise OSError("no log")

    def call() -> str:
        begun.set()
        go_on.wait(WAIT)
        return "delivered"

    crew.heart = fail
    with pytest.raises(OSError, match="no log"):
        crew.team().run(calls(call, lambda: "never"), crew.take, each=True)
    assert crew.results == ["delivered"]


def test_a_call_that_came_back_in_time_is_not_mistaken_for_its_successor() -> None:
    """The team looks at what runs; the call ends and the next one begins; only then is the first one given up."""
    first, second = calls(lambda: None, lambda: None)
    stage = Stage(deque([first, second]), each=False, stop=threading.Event())
    thread = PluginThread("one", lambda: Plugins(Log(), ("client", "route")))
    assert stage.next(thread) is first
    [(_, seen, _)] = stage.calls()
    assert stage.next(thread, Done(first, utc_now())) is second
    assert not stage.abandon(thread, seen, TimeLimitExceeded())
    assert stage.next(thread, Done(second, utc_now())) is None
    assert [done.task for done in stage.take()] == [first, second], "its result counts"


def test_a_late_result_is_ignored_and_its_thread_ends(crew: Crew) -> None:
    go_on = threading.Event()
    threads: list[threading.Thread] = []

    def hang() -> str:
        threads.append(threading.current_thread())
        go_on.wait(WAIT)
        return "late"

    assert crew.team(time_limit=0.1).run(calls(hang, lambda: "next"), crew.take)
    go_on.set()
    threads[0].join(WAIT)
    assert not threads[0].is_alive()
    assert crew.results == [TimeLimitExceeded, "next"]


def test_it_tells_that_it_gave_up_on_calls_that_hang_in_a_row(crew: Crew) -> None:
    go_on = threading.Event()
    assert crew.team(time_limit=0.05).run(calls(*[lambda: go_on.wait(WAIT)] * 5), crew.take) is False
    go_on.set()
    assert crew.results == [TimeLimitExceeded] * 3


def test_many_workers_call_everything_once(crew: Crew) -> None:
    numbers = [lambda number=number: number for number in range(500)]
    assert crew.team().run(calls(*numbers), crew.take, workers=8)
    assert sorted(crew.results) == list(range(500))


def test_a_plug_in_that_asks_for_it_is_told_whose_it_is() -> None:
    config = PluginConfig(module="databus.puller.files", settings={"url": "in", "when_seated": "delete"})
    puller: Any = Plugins(Log(), ("client", "route")).get(AbstractPuller, config)
    assert puller.belongs_to == ("client", "route")
