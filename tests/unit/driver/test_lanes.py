"""Lanes: passengers who are called while the outcomes of those before them are recorded."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

from databus.driver import boarding
from databus.errors import Reject, StoreError, StoreUnreachable, Untakable
from databus.passenger.attachment import Attachment
from databus.pqueue.outcome import Outcome, StepKind
from databus.pqueue.queue_status import QueueStatus
from tests.unit.driver.conftest import RouteBuilder

WAIT = 10


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lanes of two, of which a window has three."""
    monkeypatch.setattr(boarding, "LANE", 2)
    monkeypatch.setattr("databus.driver.primal_driver.WINDOW", 6)
    monkeypatch.setattr(boarding, "QUICK_SECONDS", WAIT)


class Calls:
    """Remembers who was called for what, in order."""

    def __init__(self, route: RouteBuilder) -> None:
        self.all: list[tuple[str, str]] = []
        self.processors = [route.processor(name, self.noting(name)) for name in ("p1", "p2")]
        self.pusher = route.pusher(push=self.noting("push"))

    def noting(self, name: str) -> Any:
        return lambda passenger: self.all.append((name, passenger.passenger.external_id))

    def of(self, name: str) -> str:
        return "".join(who for what, who in self.all if what == name)


def test_every_plug_in_meets_the_passengers_in_their_order(route: RouteBuilder) -> None:
    calls = Calls(route)
    summary = route.drive(pullers=[route.pulls(*"abcdefgh")], processors=calls.processors, pushers=[calls.pusher])
    assert (summary.pushed, summary.failed, summary.error) == (8, 0, "")
    assert [calls.of(name) for name in ("p1", "p2", "push")] == ["abcdefgh"] * 3
    # The second lane follows the first from stage to stage.
    assert calls.all[:4] == [("p1", each) for each in "abcd"]
    assert calls.all.index(("p2", "a")) < calls.all.index(("p1", "g"))


def test_who_needs_fewer_steps_does_not_overtake(route: RouteBuilder) -> None:
    broken = True

    def process(passenger: Any) -> None:
        if broken and passenger.passenger.external_id in "ab":
            raise ValueError("not yet")

    def push(passenger: Any) -> None:
        if broken:
            raise ValueError("not yet")

    processor, pusher = route.processor("p", process), route.pusher(push=push)
    route.drive(pullers=[route.pulls(*"abcdef")], processors=[processor], pushers=[pusher])
    broken = False
    route.drive(processors=[processor], pushers=[pusher])
    assert route.pushed == list("abcdef")


def test_the_next_lane_is_called_while_the_last_is_recorded(
    route: RouteBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = threading.Event()
    record = route.database.record
    waited: list[bool] = []
    once = iter([True])

    def slowly(outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        if outcomes[0].kind is StepKind.PROCESS and next(once, False):
            waited.append(called.wait(WAIT))
        return record(outcomes, now=now)

    monkeypatch.setattr(route.database, "record", slowly)
    processor = route.processor("p", lambda p: called.set() if p.passenger.external_id == "c" else None)
    summary = route.drive(pullers=[route.pulls(*"abcd")], processors=[processor], pushers=[route.pusher()])
    assert waited == [True]
    assert (summary.pushed, summary.error) == (4, "")


def test_outcomes_of_two_lanes_are_recorded_at_the_same_time(
    route: RouteBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = route.database.record
    both = threading.Barrier(2)
    met: list[str] = []

    def together(outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        if outcomes[0].kind is StepKind.PROCESS:
            both.wait(WAIT)
            met.append(outcomes[0].internal_id)
        return record(outcomes, now=now)

    monkeypatch.setattr(route.database, "record", together)
    processor = route.processor("p", lambda p: None)
    summary = route.drive(pullers=[route.pulls(*"abcd")], processors=[processor], pushers=[route.pusher()])
    assert (len(met), summary.pushed, summary.error) == (2, 4, "")


def test_what_is_recorded_when_a_drive_is_stopped_counts(route: RouteBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    record, stopped = route.database.record, threading.Event()

    def stop(outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        if outcomes[0].kind is StepKind.PROCESS:
            stopped.set()
        return record(outcomes, now=now)

    monkeypatch.setattr(route.database, "record", stop)
    calls = Calls(route)
    puller = route.pulls(*"abcd")
    route.drive(pullers=[puller], processors=calls.processors, pushers=[calls.pusher], stop=stopped)
    called = calls.of("p1")
    monkeypatch.setattr(route.database, "record", record)
    route.drive(processors=calls.processors, pushers=[calls.pusher])
    assert called in ("ab", "abcd")
    assert [calls.of(name) for name in ("p1", "push")] == ["abcd", "abcd"], "no step is repeated"


def test_a_step_begins_when_the_one_before_is_recorded(route: RouteBuilder) -> None:
    early: list[str] = []

    def look(passenger: Any) -> None:
        (entry,) = route.database.load("acme", [str(passenger.passenger.internal_id)])
        earlier = [step for step in entry.steps if step.name in ("notify", f"{route.prefix}.p1")]
        if any(step.status is not QueueStatus.complete for step in earlier):
            early.append(entry.external_id)

    processors = [route.processor("p1", lambda p: None), route.processor("p2", look)]
    summary = route.drive(pullers=[route.pulls(*"abcdef")], processors=processors, pushers=[route.pusher(push=look)])
    assert (early, summary.pushed) == ([], 6)


def test_plug_ins_that_take_long_are_called_for_the_first_lane_first(
    route: RouteBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boarding, "QUICK_SECONDS", -1)
    calls = Calls(route)
    route.drive(pullers=[route.pulls(*"abcd")], processors=calls.processors, pushers=[calls.pusher])
    first = [(name, each) for name in ("p1", "p2", "push") for each in "ab"]
    assert calls.all == first + [(name, each) for name in ("p1", "p2", "push") for each in "cd"]


def test_a_database_that_is_lost_meanwhile_ends_the_drive(route: RouteBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    record = route.database.record
    lost = False

    def failing(outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        nonlocal lost
        lost = lost or outcomes[0].kind is StepKind.PUSH
        if lost:
            raise StoreUnreachable("the server is gone")
        return record(outcomes, now=now)

    calls = Calls(route)
    with monkeypatch.context() as patch:
        patch.setattr(route.database, "record", failing)
        patch.setattr(route.database, "load", _gone)
        summary = route.drive(pullers=[route.pulls(*"abcdef")], processors=calls.processors, pushers=[calls.pusher])
    assert summary.error == "the server is gone"
    assert calls.of("push") in ("ab", "abcd", "abcdef")  # the other lanes may have been on their way
    again = route.drive(processors=calls.processors, pushers=[calls.pusher])
    assert (again.pushed, again.error) == (6, "")
    assert calls.of("p1") == "abcdef"  # what was recorded is not repeated


def _gone(*_: Any) -> Any:
    raise StoreUnreachable("the server is gone")


def test_one_whose_attachments_cannot_be_stored_fails_alone(route: RouteBuilder) -> None:
    def vanish() -> Any:
        raise FileNotFoundError("gone")

    def process(passenger: Any) -> None:
        if passenger.passenger.external_id == "b":
            passenger.passenger.attachments[0].read_from(vanish, None)
            passenger.passenger.attachments[0].stored_as = None

    puller = route.puller(lambda: [route.new(each, Attachment("x", text_content=each)) for each in "abcd"])
    summary = route.drive(pullers=[puller], processors=[route.processor("p", process)], pushers=[route.pusher()])
    assert (summary.error, summary.failed, route.pushed) == ("", 1, ["a", "c", "d"])


def test_record_each_waits_for_every_push(route: RouteBuilder) -> None:
    route.config["record"] = "each"
    early: list[str] = []

    def push(passenger: Any) -> None:
        before = route.pushed[-1:]
        entries = route.entries()
        if before and entries[before[0]].completed_on is None:
            early.append(before[0])

    processor = route.processor("p", lambda p: None)
    route.drive(pullers=[route.pulls(*"abcdef")], processors=[processor], pushers=[route.pusher(push=push)])
    assert (early, route.pushed) == ([], list("abcdef"))


def _refusing(record: Any, error: StoreError, is_refused: Callable[[Outcome], bool]) -> Any:
    """Return a ``record`` that raises for what is refused, and for all that comes with it."""

    def refusing(outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        if any(is_refused(outcome) for outcome in outcomes):
            raise error
        recorded: list[Outcome] = record(outcomes, now=now)
        return recorded

    return refusing


@pytest.mark.parametrize("result", [ValueError, Reject])
def test_an_error_whose_text_cannot_be_stored_counts_all_the_same(
    route: RouteBuilder, monkeypatch: pytest.MonkeyPatch, result: type[Exception]
) -> None:
    def push(passenger: Any) -> None:
        if passenger.passenger.external_id == "b":
            raise result("cannot be \N{GRINNING FACE}")

    untakable = Untakable("it takes no '\N{GRINNING FACE}'")
    refusing = _refusing(route.database.record, untakable, lambda one: not one.error.isascii())
    monkeypatch.setattr(route.database, "record", refusing)
    summary = route.drive(pullers=[route.pulls(*"abcdef")], pushers=[route.pusher(push=push)])
    assert (summary.error, summary.failed, summary.pushed) == ("", 1, 5)
    (step,) = [step for step in route.entries()["b"].steps if step.kind is StepKind.PUSH]
    assert (step.attempts, step.dead) == (1, result is Reject)
    assert step.last_error == "the error's text could not be stored: it takes no '\\U0001f600'"


def test_who_cannot_be_stored_costs_no_neighbour_its_outcome(
    route: RouteBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = route.database.record
    locked = _refusing(record, StoreError("its row is locked"), lambda one: one.internal_id in held)
    held: set[str] = set()

    def push(passenger: Any) -> None:
        if passenger.passenger.external_id == "c":
            held.add(str(passenger.passenger.internal_id))

    monkeypatch.setattr(boarding, "LANE", 6)
    monkeypatch.setattr(route.database, "record", locked)
    summary = route.drive(pullers=[route.pulls(*"abcdef")], pushers=[route.pusher(push=push)])
    assert summary.error == "its row is locked"
    monkeypatch.setattr(route.database, "record", record)
    again = route.drive(pushers=[route.pusher()])
    assert (again.pushed, again.error) == (1, "")
    assert sorted(route.pushed) == list("abccdef")


def test_new_ids_that_cannot_be_stored_are_a_failure_of_the_step(
    route: RouteBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def process(passenger: Any) -> None:
        if passenger.passenger.external_id == "b":
            passenger.passenger.external_id = "\N{GRINNING FACE}"

    refusing = _refusing(
        route.database.record,
        Untakable("it takes no such id"),
        lambda one: one.changes is not None and not one.changes.external_id.isascii(),
    )
    monkeypatch.setattr(route.database, "record", refusing)
    puller = route.pulls(*"abcd")
    summary = route.drive(pullers=[puller], processors=[route.processor("p", process)], pushers=[route.pusher()])
    assert (summary.error, summary.failed, route.pushed) == ("", 1, ["a", "c", "d"])
