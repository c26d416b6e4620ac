"""Plug-ins that do what nobody expects; each costs its own step or passenger, and nothing else."""

import sys
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from databus.client.log import Log
from databus.database.records import State
from databus.database.steps import state
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment
from databus.pusher.abstract_pusher import AbstractPusher
from databus.timestamps import utc_now
from tests.unit.driver.conftest import RouteBuilder

WAIT = 20


def step_of(route: RouteBuilder, external_id: str, name: str) -> Any:
    return next(step for step in route.entries()[external_id].steps if step.name == name)


def state_of(route: RouteBuilder, external_id: str) -> State:
    return state(route.entries()[external_id], utc_now())


# -- what they leave behind -------------------------------------------------------------------------------------------


def test_rubbish_in_one_passenger_of_a_batch_fails_that_one(route: RouteBuilder) -> None:
    def process(passengers: list[Any]) -> None:
        passengers[0].passenger.attachments = [object()]
        passengers[1].processor_statuses = None
        passengers[2].passenger = Unreadable()

    processor = route.processor("p", process, batch=10)
    summary = route.drive(pullers=[route.pulls(*"abcd")], processors=[processor], pushers=[route.pusher()])
    assert (summary.error, summary.failed, route.pushed) == ("", 3, ["d"])


class Unreadable:
    @property
    def attachments(self) -> None:
        raise SystemExit("property")


def test_an_attachment_that_cannot_be_read_fails_its_processor_only(route: RouteBuilder) -> None:
    def vanish() -> Any:
        raise FileNotFoundError("the temporary file is gone")

    def process(passenger: Any) -> None:
        if passenger.passenger.external_id == "b":
            passenger.passenger.attachments.append(Attachment.from_stream("new", vanish))
        else:
            passenger.passenger.attachments.append(Attachment("new", text_content="fine"))

    processor = route.processor("p", process)
    summary = route.drive(pullers=[route.pulls(*"abc")], processors=[processor], pushers=[route.pusher()])
    assert (summary.error, summary.failed, route.pushed) == ("", 1, ["a", "c"])
    assert "the temporary file is gone" in step_of(route, "b", processor).last_error
    assert [step_of(route, name, processor).attempts for name in "abc"] == [1, 1, 1]


def test_swapped_attachments_are_swapped_once_though_a_neighbour_cannot_be_stored(route: RouteBuilder) -> None:
    def vanish() -> Any:
        raise FileNotFoundError("gone")

    def process(passengers: list[Any]) -> None:
        first, second = passengers[0].passenger.attachments
        first.name, second.name = second.name, first.name
        passengers[1].passenger.attachments[0] = Attachment.from_stream("x", vanish)

    seen: list[str | None] = []
    pair = [Attachment("x", text_content="was x"), Attachment("y", text_content="was y")]
    puller = route.puller(lambda: [route.new("a", *pair), route.new("b", *pair)])
    pusher = route.pusher(push=lambda p: seen.append(p.passenger.get_attachment_by_name("x").text_content))
    route.drive(pullers=[puller], processors=[route.processor("swap", process, batch=2)], pushers=[pusher])
    assert seen == ["was y"]


def test_what_a_puller_does_to_passengers_it_is_told_of_does_not_reach_the_queue(route: RouteBuilder) -> None:
    def notify(passengers: list[Any]) -> None:
        for passenger in passengers:
            passenger.attachments.clear()
            passenger.external_id = "mine"
        passengers.clear()

    seen: list[tuple[str, str]] = []
    puller = route.puller(lambda: [route.new("a", Attachment("a.txt", text_content="whole"))], notify)
    pusher = route.pusher(
        push=lambda p: seen.append((p.passenger.external_id, p.passenger.attachments[0].text_content))
    )
    summary = route.drive(pullers=[puller], processors=[route.processor("p", lambda p: None)], pushers=[pusher])
    assert (summary.is_clean, seen) == (True, [("a", "whole")])


def test_what_a_pusher_does_to_a_passenger_does_not_reach_the_next_pusher(route: RouteBuilder) -> None:
    def first(passenger: Any) -> None:
        passenger.passenger.attachments[0].name = "renamed"
        passenger.passenger.attachments.append("rubbish")

    seen: list[str] = []
    puller = route.puller(lambda: [route.new("a", Attachment("a.txt", text_content=""))])
    second = route.pusher("second", lambda p: seen.extend(each.name for each in p.passenger.attachments))
    assert route.drive(pullers=[puller], pushers=[route.pusher("first", first), second]).is_clean
    assert seen == ["a.txt"]


@pytest.mark.parametrize("with_attachment", [True, False])
def test_ids_and_times_that_are_not_stored_are_set_back_after_each_step(
    route: RouteBuilder, with_attachment: bool
) -> None:
    def spoil(status: Any) -> None:
        passenger = status.passenger
        if with_attachment:
            passenger.attachments.append(Attachment("new", text_content=""))
        passenger.pull_datetime = datetime(2000, 1, 1, tzinfo=UTC)
        passenger.internal_id = "mine"
        passenger.puller_module = passenger.passenger_module = "other"

    seen = []

    def push(status: Any) -> None:
        passenger = status.passenger
        ids = (str(passenger.internal_id), passenger.puller_module, passenger.passenger_module)
        seen.append((*ids, passenger.pull_datetime))
        passenger.internal_id = "a pusher's"
        raise_once()

    def raise_once() -> None:
        if len(seen) == 1:
            raise ConnectionError("the target is down")

    steps: dict[str, Any] = {
        "pullers": [route.pulls("a")],
        "processors": [route.processor("spoiling", spoil)],
        "pushers": [route.pusher("one", push), route.pusher("two", push)],
    }
    for _ in range(2):
        route.drive(**steps)
    entry = route.entries()["a"]
    assert seen == [(entry.internal_id, entry.puller_module, route.passenger, entry.pull_datetime)] * 3
    assert state_of(route, "a") is State.COMPLETE


def test_a_plug_in_that_was_given_up_cannot_touch_what_later_steps_see(route: RouteBuilder) -> None:
    go_on, done = threading.Event(), threading.Event()

    def hang(passengers: list[Any]) -> None:
        go_on.wait(WAIT)
        passengers[0].attachments.clear()
        done.set()

    def push(passenger: Any) -> None:
        go_on.set()
        done.wait(WAIT)
        seen.append(len(passenger.passenger.attachments))

    seen: list[int] = []
    route.config["time_limit"] = 0.5
    puller = route.puller(lambda: [route.new("a", Attachment("a.txt", text_content="whole"))], hang)
    route.drive(pullers=[puller], pushers=[route.pusher(push=push)])
    assert seen == [1]


# -- how they are made ------------------------------------------------------------------------------------------------


def test_a_plug_in_may_have_a_read_only_name(route: RouteBuilder) -> None:
    class Pusher(AbstractPusher):
        @property
        def name(self) -> str:  # type: ignore[override] # as a plug-in of Databus 8 may have it
            return "mine"

        def push(self, passenger: Any) -> None:
            route.pushed.append(self.name)

    summary = route.drive(pullers=[route.pulls("a")], pushers=[route._register("named", Pusher)])
    assert (summary.is_clean, route.pushed) == (True, ["mine"])


def test_constructors_of_databus_8(route: RouteBuilder) -> None:
    class TakesPLog(AbstractPusher):
        def __init__(self, p_log: Log | None = None) -> None:
            super().__init__(p_log=p_log)  # type: ignore[call-arg] # Databus 8's keyword

        def push(self, passenger: Any) -> None:
            self.log.append_text("pushed by TakesPLog")

    class CallsNothing(AbstractPusher):
        def __init__(self, p_log: Log) -> None:
            pass

        def push(self, passenger: Any) -> None:
            route.pushed.append("pushed by CallsNothing")

    pushers = [route._register("one", TakesPLog), route._register("two", CallsNothing)]
    summary = route.drive(pullers=[route.pulls("a")], pushers=pushers)
    assert summary.is_clean
    assert "pushed by TakesPLog" in route.log_text(summary)
    assert route.pushed == ["pushed by CallsNothing"]


def test_a_passenger_that_cannot_take_what_is_stored_waits_alone(route: RouteBuilder) -> None:
    class Picky(AbstractPassenger):
        @property
        def external_id(self) -> str:
            return self._id

        @external_id.setter
        def external_id(self, value: str) -> None:
            if value == "b" and refuses:
                raise SystemExit("not b")
            self._id = value

    refuses: list[int] = []
    route.passenger_class = Picky
    route.passenger = route._register("picky", Picky)
    puller = route.pulls("a", "b", "c")
    given = [route.new(name) for name in "abc"]
    for passenger in given:
        passenger.puller_module = puller
    refuses.append(1)
    puller = route.puller(lambda: given)
    summary = route.drive(pullers=[puller], pushers=[route.pusher()])
    assert (summary.error, summary.failed, route.pushed) == ("", 1, ["a", "c"])
    assert "(" in route.log_text(summary)
    assert "cannot be rebuilt and waits: SystemExit: not b" in route.log_text(summary)
    refuses.clear()
    assert route.drive(pullers=[], pushers=[route.pusher()]).pushed == 1


def test_odd_attributes_of_pulled_passengers_are_refused_alone(route: RouteBuilder) -> None:
    module, numbered, good = route.new("module"), route.new("number", Attachment("a")), route.new("good")
    module.puller_module = sys  # type: ignore[assignment] # the module instead of its name
    numbered.attachments[0].name = 7  # type: ignore[assignment] # no text
    summary = route.drive(pullers=[route.puller(lambda: [module, numbered, good])], pushers=[route.pusher()])
    assert (summary.error, summary.refused, route.pushed) == ("", 2, ["good"])


# -- generators -------------------------------------------------------------------------------------------------------


def test_generators_are_run_in_every_step(route: RouteBuilder) -> None:
    ran: list[str] = []

    def process(passenger: Any) -> Iterator[None]:
        ran.append("process")
        yield
        ran.append("process again")

    async def push(passenger: Any) -> AsyncIterator[None]:
        ran.append("push")
        yield
        ran.append("push again")

    def fail(passenger: Any) -> Iterator[None]:
        yield
        raise ValueError("in a generator")

    summary = route.drive(
        pullers=[route.pulls("a")],
        processors=[route.processor("p", process)],
        pushers=[route.pusher("good", push), route.pusher("bad", fail)],
    )
    assert ran == ["process", "process again", "push", "push again"]
    assert summary.failed == 1
    assert "in a generator" in step_of(route, "a", f"{route.prefix}.bad").last_error


@pytest.mark.parametrize("kind", ["generator", "async generator"])
def test_a_pull_that_is_broken_off_is_closed_on_its_own_thread(route: RouteBuilder, kind: str) -> None:
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def generator() -> Iterator[Any]:
        threads.append(threading.current_thread())
        try:
            while True:
                stop.set()
                yield route.new("a")
        finally:
            threads.append(threading.current_thread())

    async def async_generator() -> AsyncIterator[Any]:
        threads.append(threading.current_thread())
        try:
            while True:
                stop.set()
                yield route.new("a")
        finally:
            threads.append(threading.current_thread())

    puller = route.puller(generator if kind == "generator" else async_generator)
    route.drive(pullers=[puller], stop=stop)
    assert len(threads) == 2
    assert threads[0] is threads[1]
    assert not threads[0].is_alive()


def test_what_a_hanging_puller_gave_before_is_seated(route: RouteBuilder) -> None:
    release = threading.Event()

    def pull() -> Iterator[Any]:
        yield route.new("a")
        release.wait(WAIT)

    route.config["time_limit"] = 0.3
    summary = route.drive(pullers=[route.puller(pull)], pushers=[route.pusher()])
    release.set()
    assert (summary.failed, summary.seated, route.pushed) == (1, 1, ["a"])


# -- hanging over several windows -------------------------------------------------------------------------------------


def test_a_step_that_hangs_again_and_again_is_left_alone_in_later_windows_too(
    route: RouteBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("databus.driver.primal_driver.WINDOW", 4)
    release = threading.Event()
    route.config["time_limit"] = 0.1
    pushers = [route.pusher("hangs", lambda p: release.wait(WAIT)), route.pusher("good")]
    summary = route.drive(pullers=[route.pulls(*"abcdefghijkl")], pushers=pushers)
    release.set()
    failed = [each for each in "abcdefghijkl" if step_of(route, each, pushers[0]).last_error]
    assert (failed, route.pushed) == (["a", "b", "c"], list("abcdefghijkl"))
    assert "waits for the next drive" in route.log_text(summary)


def test_settings_that_are_no_pydantic_model_stay_the_plug_ins_own(route: RouteBuilder) -> None:
    pusher = route.pusher()
    plugin: Any = vars(sys.modules[pusher])["Pusher"]
    plugin.Settings = {"own": True}
    assert route.drive(pullers=[route.pulls("a")], pushers=[pusher]).is_clean
    assert plugin.Settings == {"own": True}
    assert route.pushed == ["a"]
