"""Errors of plug-ins that are like no other; each costs its own step, and nothing else."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest

from databus.client.log import Log, LogEntry
from databus.database.records import State
from databus.errors import Retry
from databus.passenger.abstract_passenger import AbstractPassenger
from tests.unit.driver.conftest import RouteBuilder
from tests.unit.driver.test_odd_plugins import state_of, step_of

WAIT = 20


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class Exiting(Exception):
    """An error that ends the process when one asks for its text."""

    def __init__(self, way: type[BaseException]) -> None:
        self.way = way

    def __str__(self) -> str:
        raise self.way("no text")


class ExitingRetry(Retry):
    def __init__(self) -> None:
        Exception.__init__(self, "half made")

    def __getattribute__(self, name: str) -> Any:
        if name in ("delay", "reason"):
            raise SystemExit(name)
        return super().__getattribute__(name)


class HalfMadeRetry(Retry):
    def __init__(self) -> None:  # as a careless subclass does: attributes are missing
        Exception.__init__(self, "half made")


def circle() -> Exception:
    """Return two errors that name each other as their cause, as a careless fallback makes them."""
    first, second = ConnectionError("first server"), TimeoutError("second server")
    first.__cause__, second.__context__ = second, first
    return first


@pytest.mark.parametrize("pulls", [True, False])
def test_an_error_whose_text_never_comes_costs_one_time_limit(route: RouteBuilder, pulls: bool) -> None:
    go_on = threading.Event()

    class Endless(Exception):
        def __str__(self) -> str:
            go_on.wait(WAIT)
            return ""

    def pull() -> Iterator[Any]:
        yield from [route.new("a"), route.new("b")]
        if pulls:
            raise Endless

    def push(passenger: Any) -> None:
        if passenger.passenger.external_id == "a" and not pulls:
            raise Endless

    route.config["time_limit"] = 0.2
    summary = route.drive(pullers=[route.puller(pull)], pushers=[route.pusher("pusher", push)])
    go_on.set()
    assert "did not return within" in route.log_text(summary)
    assert (summary.failed, summary.is_cut_off, "b" in route.pushed) == (1, False, True)


@pytest.mark.parametrize(
    "error",
    [
        circle(),
        Unprintable(),
        HalfMadeRetry(),
        Retry("5"),  # type: ignore[arg-type] # what a careless plug-in does
        Retry(timedelta.max),
        Retry(-5),
        ExceptionGroup("several", [ValueError("one")]),
        Exiting(SystemExit),
        Exiting(KeyboardInterrupt),
        ExitingRetry(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_is_raised_fails_that_step_only(route: RouteBuilder, error: Exception) -> None:
    def push(passenger: Any) -> None:
        if passenger.passenger.external_id == "a":
            raise error

    pusher = route.pusher(push=push)
    summary = route.drive(pullers=[route.pulls("a", "b")], pushers=[pusher])
    assert (summary.error, summary.failed, route.pushed) == ("", 1, ["b"])
    assert step_of(route, "a", pusher).attempts == 1
    assert step_of(route, "a", pusher).last_error


@pytest.mark.parametrize("way", [SystemExit, KeyboardInterrupt])
def test_a_puller_whose_error_has_no_text_costs_its_pull_only(route: RouteBuilder, way: type[BaseException]) -> None:
    def pull() -> Iterator[AbstractPassenger]:
        yield route.new("a")
        raise Exiting(way)

    summary = route.drive(pullers=[route.puller(pull)], pushers=[route.pusher()])
    assert (summary.error, summary.failed, route.pushed) == ("", 1, ["a"])
    assert f"Exiting that cannot be shown: {way.__name__}" in route.log_text(summary)


@pytest.mark.parametrize("way", [SystemExit, KeyboardInterrupt])
def test_a_log_entry_that_has_no_text_does_no_harm(route: RouteBuilder, way: type[BaseException]) -> None:
    log = Log()

    def push(passenger: Any) -> None:
        entries: list[Any] = log.entries
        entries += [Exiting(way), LogEntry(cast("Any", Exiting(way)))]

    summary = route.drive(pullers=[route.pulls("a")], pushers=[route.pusher(push=push)], log=log)
    assert (summary.error, route.pushed, state_of(route, "a")) == ("", ["a"], State.COMPLETE)
    assert route.log_text(summary).count("cannot be shown") == 2


def test_a_long_error_keeps_its_beginning_and_its_end(route: RouteBuilder) -> None:
    def push(passenger: Any) -> None:
        raise ValueError("x" * 20_000)

    pusher = route.pusher(push=push)
    route.drive(pullers=[route.pulls("a")], pushers=[pusher])
    text = step_of(route, "a", pusher).last_error
    assert len(text) == 8000
    assert text.startswith("ValueError: xxx")
    assert "in push" in text


def test_a_message_that_no_server_would_take_is_shortened(route: RouteBuilder) -> None:
    def push(passenger: Any) -> None:
        raise ValueError("<" + "x" * 20_000_000 + ">")

    summary = route.drive(pullers=[route.pulls("a")], pushers=[route.pusher(push=push)])
    longest = max((line.message for line in route.log_lines(summary)), key=len)
    assert len(longest) == 1_000_000
    assert "<xxx" in longest
    assert "xxx>" in longest
