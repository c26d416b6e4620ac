"""What a drive does with passengers, step by step (design section 4)."""

import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from databus.client.log import MessageType
from databus.database.records import State
from databus.database.steps import state
from databus.errors import Reject, Retry
from databus.passenger.attachment import Attachment
from databus.pqueue.outcome import StepKind
from databus.pqueue.queue_status import QueueStatus
from databus.timestamps import utc_now
from tests.unit.driver.conftest import RouteBuilder


def step_error(route: RouteBuilder, external_id: str, name: str) -> str:
    return next(step.last_error for step in route.entries()[external_id].steps if step.name == name)


def state_of(route: RouteBuilder, external_id: str) -> State:
    return state(route.entries()[external_id], utc_now())


def test_passengers_travel_from_puller_to_pusher(route: RouteBuilder) -> None:
    order: list[str] = []
    first = route.processor("first", lambda p: order.append(f"first {p.passenger.external_id}"))
    second = route.processor("second", lambda p: order.append(f"second {p.passenger.external_id}"))
    summary = route.drive(pullers=[route.pulls("a", "b")], processors=[first, second], pushers=[route.pusher()])

    assert (summary.pulled, summary.seated, summary.notified, summary.processed, summary.pushed) == (2, 2, 2, 2, 2)
    assert (summary.failed, summary.waiting, summary.dead, summary.error) == (0, 0, 0, "")
    assert order == ["first a", "first b", "second a", "second b"]
    assert route.pushed == ["a", "b"]
    assert route.told == [["a", "b"]]
    assert {state_of(route, name) for name in "ab"} == {State.COMPLETE}


def test_a_complete_step_never_runs_again(route: RouteBuilder) -> None:
    pullers, pushers = [route.pulls("a")], [route.pusher()]
    route.drive(pullers=pullers, pushers=pushers)
    summary = route.drive(pullers=pullers, pushers=pushers)
    assert (summary.pulled, summary.duplicates, summary.seated) == (1, 1, 0)
    assert route.pushed == ["a"]
    assert len(route.told) == 1


def test_one_of_two_equal_passengers_in_a_batch_is_seated(route: RouteBuilder) -> None:
    summary = route.drive(pullers=[route.pulls("a", "a")], pushers=[route.pusher()])
    assert (summary.pulled, summary.seated, summary.duplicates) == (2, 1, 1)


@pytest.mark.parametrize("kind", ["generator", "async generator", "coroutine", "tuple"])
def test_pullers_may_give_passengers_in_many_ways(route: RouteBuilder, kind: str) -> None:
    def generator() -> Iterator[Any]:
        yield from (route.new(name) for name in "abc")

    async def async_generator() -> AsyncIterator[Any]:
        for name in "abc":
            yield route.new(name)

    async def coroutine() -> list[Any]:
        return [route.new(name) for name in "abc"]

    ways = {
        "generator": generator,
        "async generator": async_generator,
        "coroutine": coroutine,
        "tuple": lambda: tuple(route.new(name) for name in "abc"),
    }
    summary = route.drive(pullers=[route.puller(ways[kind])], pushers=[route.pusher()])
    assert summary.pushed == 3
    assert summary.is_clean


def test_processors_and_pushers_may_be_coroutines(route: RouteBuilder) -> None:
    seen: list[str] = []

    async def see(passenger: Any) -> None:
        seen.append(passenger.passenger.external_id)

    summary = route.drive(
        pullers=[route.pulls("a")], processors=[route.processor("p", see)], pushers=[route.pusher(push=see)]
    )
    assert summary.is_clean
    assert seen == ["a", "a"]


@pytest.mark.parametrize("rubbish", [None, 7, "abc", {"a": 1}])
def test_a_puller_that_returns_rubbish_fails_alone(route: RouteBuilder, rubbish: Any) -> None:
    module = route.puller(lambda: rubbish)
    good = route.processor("p", lambda p: None)
    summary = route.drive(pullers=[module], processors=[good], pushers=[route.pusher()])
    assert summary.failed == 1
    assert "must give a list of passengers or a generator" in route.log_text(summary)


def test_what_a_failing_puller_gave_before_it_failed_is_seated(route: RouteBuilder) -> None:
    def pull() -> Iterator[Any]:
        yield route.new("a")
        raise SystemExit("no more")

    summary = route.drive(pullers=[route.puller(pull)], pushers=[route.pusher()])
    assert (summary.seated, summary.pushed, summary.failed) == (1, 1, 1)
    assert "SystemExit: no more" in route.log_text(summary)


def test_who_cannot_be_seated_is_refused_alone_and_named(route: RouteBuilder) -> None:
    no_puller = route.new("no puller")
    no_puller.puller_module = None  # type: ignore[assignment] # what a careless plug-in does
    twins = route.new("twins", Attachment("a.txt", text_content="1"), Attachment("a.txt", text_content="2"))
    given = [route.new(None), no_puller, twins, "no passenger", None, route.new("good")]
    summary = route.drive(pullers=[route.puller(lambda: given)], pushers=[route.pusher()])

    assert (summary.pulled, summary.seated, summary.refused, summary.pushed) == (6, 1, 5, 1)
    text = route.log_text(summary)
    for complaint in (
        "has no external_id",
        "has no puller_module",
        "two attachments named 'a.txt'",
        "where they are attached",
        "pulled a str",
    ):
        assert complaint in text


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(3), KeyboardInterrupt(), BaseException("base")])
def test_a_plug_in_that_raises_fails_its_own_step_only(route: RouteBuilder, error: BaseException) -> None:
    def process(passenger: Any) -> None:
        if passenger.passenger.external_id == "b":
            raise error

    summary = route.drive(
        pullers=[route.pulls("a", "b", "c")],
        processors=[route.processor("p", process), route.processor("q", lambda p: None)],
        pushers=[route.pusher()],
    )
    assert (summary.pushed, summary.failed, summary.waiting) == (2, 1, 1)
    assert route.pushed == ["a", "c"]
    assert state_of(route, "b") is State.FAILED
    assert step_error(route, "b", f"{route.prefix}.p").startswith(type(error).__name__)
    worst = max(line.type for line in route.log_lines(summary))
    assert worst is MessageType.error


def test_a_failed_step_is_retried_at_the_next_drive_and_only_once_in_each(route: RouteBuilder) -> None:
    tries: list[str] = []

    def push(passenger: Any) -> None:
        tries.append(passenger.passenger.external_id)
        if len(tries) < 3:
            raise ValueError("not yet")

    puller, pusher = route.pulls("a"), route.pusher(push=push)
    assert [route.drive(pullers=[puller], pushers=[pusher]).pushed for _ in range(3)] == [0, 0, 1]
    assert len(tries) == 3


def test_one_failing_pusher_does_not_hold_the_other(route: RouteBuilder) -> None:
    def fail(passenger: Any) -> None:
        raise ValueError("target down")

    summary = route.drive(pullers=[route.pulls("a")], pushers=[route.pusher("bad", fail), route.pusher("good")])
    assert route.pushed == ["a"]
    statuses = {step.name: step.status for step in route.entries()["a"].steps if step.kind is StepKind.PUSH}
    assert statuses == {f"{route.prefix}.bad": QueueStatus.incomplete, f"{route.prefix}.good": QueueStatus.complete}
    assert summary.failed == 1


def test_a_failing_notification_does_not_hold_processing_and_is_repeated(route: RouteBuilder) -> None:
    calls: list[int] = []

    def notify(passengers: list[Any]) -> None:
        calls.append(len(passengers))
        if len(calls) == 1:
            raise ValueError("source is away")

    puller = route.puller(lambda: [route.new("a")], notify)
    first = route.drive(pullers=[puller], pushers=[route.pusher()])
    assert (first.notified, first.pushed, first.waiting) == (0, 1, 1)
    second = route.drive(pullers=[puller], pushers=[route.pusher()])
    assert (second.notified, second.pushed, second.waiting) == (1, 0, 0)


def test_a_filter_completes_everything(route: RouteBuilder) -> None:
    def drop(passenger: Any) -> None:
        passenger.set_all_processor_statuses(QueueStatus.complete)
        passenger.set_all_pusher_statuses(QueueStatus.complete)

    later: list[Any] = []
    summary = route.drive(
        pullers=[route.pulls("a")],
        processors=[route.processor("filter", drop), route.processor("later", later.append)],
        pushers=[route.pusher()],
    )
    assert state_of(route, "a") is State.COMPLETE
    assert (later, route.pushed, summary.pushed) == ([], [], 0)
    attempts = [step.attempts for step in route.entries()["a"].steps]
    assert attempts == [1, 1, 0, 0]


def test_what_a_processor_changes_is_stored_and_pushed(route: RouteBuilder) -> None:
    def change(passenger: Any) -> None:
        document = passenger.passenger
        document.attachments[0].text_content = "changed"
        document.attachments.append(Attachment("new.txt", text_content="new"))
        document.external_id = "a, cleaned"

    seen: list[dict[str, str]] = []

    def push(passenger: Any) -> None:
        seen.append({attachment.name: attachment.text_content for attachment in passenger.passenger.attachments})

    puller = route.puller(lambda: [route.new("a", Attachment("old.txt", text_content="old"))])
    processors = [route.processor("change", change), route.processor("other", lambda p: None)]
    route.drive(pullers=[puller], processors=processors, pushers=[route.pusher(push=push)])
    assert seen == [{"old.txt": "changed", "new.txt": "new"}]

    again = route.drive(pullers=[puller], processors=processors, pushers=[route.pusher(push=push)])
    assert (again.duplicates, again.seated) == (1, 0), "the identity is the one it was seated under"


def test_what_a_failing_processor_changed_is_not_kept(route: RouteBuilder) -> None:
    contents: list[str] = []

    def change(passenger: Any) -> None:
        contents.append(passenger.passenger.attachments[0].text_content)
        passenger.passenger.attachments[0].text_content = "half done"
        raise ValueError("stumbled")

    puller = route.puller(lambda: [route.new("a", Attachment("a.txt", text_content="whole"))])
    for _ in range(2):
        route.drive(pullers=[puller], processors=[route.processor("p", change)])
    assert contents == ["whole", "whole"]


def test_a_processor_may_ask_for_many(route: RouteBuilder) -> None:
    sizes: list[int] = []
    many = route.processor("many", lambda passengers: sizes.append(len(passengers)), batch=4)
    route.drive(pullers=[route.pulls(*"abcdef")], processors=[many])
    assert sizes == [4, 2]


def test_retry_waits_for_its_delay(route: RouteBuilder) -> None:
    def push(passenger: Any) -> None:
        raise Retry(timedelta(hours=1), "the target asks for an hour")

    puller, pusher = route.pulls("a"), route.pusher(push=push)
    route.drive(pullers=[puller], pushers=[pusher])
    due = next(step.due_on for step in route.entries()["a"].steps if step.kind is StepKind.PUSH)
    assert due is not None
    assert timedelta(minutes=59) < due - utc_now() <= timedelta(hours=1)
    assert route.drive(pullers=[puller], pushers=[pusher]).failed == 0, "not due yet"


def test_reject_ends_the_attempts(route: RouteBuilder) -> None:
    def push(passenger: Any) -> None:
        raise Reject("not an order")

    puller, pusher = route.pulls("a"), route.pusher(push=push)
    summary = route.drive(pullers=[puller], pushers=[pusher])
    assert (summary.failed, summary.dead, state_of(route, "a")) == (1, 1, State.DEAD)
    assert step_error(route, "a", pusher) == "Rejected: not an order"
    assert route.drive(pullers=[puller], pushers=[pusher]).failed == 0


def test_the_retry_policy_ends_in_death(route: RouteBuilder) -> None:
    def push(passenger: Any) -> None:
        raise ValueError("no")

    route.config["retry"] = {"max_attempts": 3, "first_delay": 0}
    puller, pusher = route.pulls("a"), route.pusher(push=push)
    dead = [route.drive(pullers=[puller], pushers=[pusher]).dead for _ in range(4)]
    assert dead == [0, 0, 1, 1]
    assert next(step.attempts for step in route.entries()["a"].steps if step.kind is StepKind.PUSH) == 3


def test_a_hanging_plug_in_costs_its_step_only(route: RouteBuilder) -> None:
    release = threading.Event()

    def process(passenger: Any) -> None:
        if passenger.passenger.external_id == "b":
            release.wait(30)

    route.config["time_limit"] = 0.2
    summary = route.drive(
        pullers=[route.pulls("a", "b", "c")], processors=[route.processor("p", process)], pushers=[route.pusher()]
    )
    release.set()
    assert (summary.pushed, summary.failed) == (2, 1)
    assert "did not return within 0.2 seconds" in step_error(route, "b", f"{route.prefix}.p")


def test_a_hanging_puller_costs_its_pull_only(route: RouteBuilder) -> None:
    release = threading.Event()

    def pull() -> Iterator[Any]:
        yield route.new("a")
        release.wait(30)

    route.config["time_limit"] = 0.2
    summary = route.drive(pullers=[route.puller(pull)], pushers=[route.pusher()])
    release.set()
    assert summary.failed == 1
    assert "did not return within" in route.log_text(summary)


def test_a_plug_in_that_hangs_again_and_again_is_left_alone_until_the_next_drive(route: RouteBuilder) -> None:
    release = threading.Event()
    route.config["time_limit"] = 0.1
    pusher = route.pusher(push=lambda p: release.wait(30))
    summary = route.drive(pullers=[route.pulls(*"abcdefgh")], pushers=[pusher])
    release.set()
    assert summary.failed == 3
    assert summary.waiting == 8
    untouched = [entry for entry in route.entries().values() if not any(step.last_error for step in entry.steps)]
    assert len(untouched) == 5


def test_workers_push_side_by_side(route: RouteBuilder) -> None:
    both = threading.Barrier(2, timeout=10)
    route.config["workers"] = 2
    summary = route.drive(pullers=[route.pulls("a", "b")], pushers=[route.pusher(push=lambda p: both.wait())])
    assert summary.pushed == 2


def test_record_each_is_durable_before_the_next_push(route: RouteBuilder) -> None:
    durable: list[int] = []

    def push(passenger: Any) -> None:
        pushes = (step for entry in route.entries().values() for step in entry.steps if step.kind is StepKind.PUSH)
        durable.append(sum(step.is_complete for step in pushes))

    route.config["record"] = "each"
    route.drive(pullers=[route.pulls(*"abcd")], pushers=[route.pusher(push=push)])
    assert durable == [0, 1, 2, 3]


def test_stop_gives_back_what_was_claimed(route: RouteBuilder) -> None:
    stop = threading.Event()

    def push(passenger: Any) -> None:
        stop.set()

    summary = route.drive(pullers=[route.pulls(*"abc")], pushers=[route.pusher(push=push)], stop=stop)
    assert (summary.pushed, summary.waiting) == (1, 2)
    assert [entry.leased_until for entry in route.entries().values() if entry.leased_until is not None] == []


def test_stop_does_not_wait_for_a_hanging_plug_in_beyond_the_grace(route: RouteBuilder) -> None:
    stop, release = threading.Event(), threading.Event()

    def push(passenger: Any) -> None:
        stop.set()
        release.wait(30)

    summary = route.drive(pullers=[route.pulls("a")], pushers=[route.pusher(push=push)], stop=stop, grace=0.1)
    release.set()
    assert (summary.failed, summary.waiting) == (0, 1)
    assert next(step.attempts for step in route.entries()["a"].steps if step.kind is StepKind.PUSH) == 0


def test_secrets_do_not_reach_logs_and_errors(route: RouteBuilder) -> None:
    def push(passenger: Any) -> None:
        raise ValueError("login with swordfish failed")

    pusher = {"module": route.pusher(push=push), "name": "to ${SECRET}"}
    summary = route.drive(pullers=[route.pulls("a")], pushers=[pusher])
    assert "swordfish" not in route.log_text(summary)
    assert all("swordfish" not in step.last_error for step in route.entries()["a"].steps)


def test_complete_passengers_are_purged_after_their_life_span(route: RouteBuilder) -> None:
    route.config["queue_life_span"] = 0
    pusher = route.pusher()
    route.drive(pullers=[route.pulls("a")], pushers=[pusher])
    assert list(route.entries()) == ["a"], "kept until the next drive"
    route.drive(pullers=[], pushers=[pusher])
    assert list(route.entries()) == []
