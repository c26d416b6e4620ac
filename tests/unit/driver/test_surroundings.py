"""Drives whose surroundings change: a database that fails, leases that are lost, edited configurations, own queues."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from databus.database.hold import Holding
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import Claim, QueueQuery, Route
from databus.dispatcher.driving import drive_route
from databus.driver import boarding, hold_watch
from databus.driver.abstract_driver import Share
from databus.driver.primal_driver import WINDOW
from databus.driver.pulling import BATCH
from databus.errors import StoreError, StoreUnreachable
from databus.passenger.attachment import Attachment
from databus.pqueue.outcome import StepKind
from databus.pqueue.primal_queue import PrimalQueue
from databus.pusher.abstract_pusher import AbstractPusher
from databus.timestamps import utc_now
from tests.unit.driver.conftest import RouteBuilder

# -- a database that fails --------------------------------------------------------------------------------------------

PHASES = ["lock", "seat", "claim", "record", "renew", "counts", "purge", "append_log"]


class FailingDatabase(MemoryDatabase):
    """Fails at call ``at`` of one method, and from then on for as long as it is told to."""

    method, at, calls = "", 1, 0

    def __getattribute__(self, name: str) -> Any:
        own = super().__getattribute__(name)
        if name != super().__getattribute__("method"):
            return own
        self.calls += 1
        if self.calls >= self.at:
            raise StoreError(f"no {name} with swordfish")
        return own


@pytest.fixture
def failing(route: RouteBuilder) -> Iterator[FailingDatabase]:
    database = FailingDatabase({})
    database.open()
    route.database = database
    yield database
    database.method = ""


@pytest.mark.parametrize("record", ["batch", "each"])
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("method", PHASES)
def test_a_database_that_fails_ends_the_drive_and_loses_nothing(
    route: RouteBuilder, failing: FailingDatabase, method: str, at: int, record: str
) -> None:
    route.config["record"] = record
    pullers = [route.pulls(*"abcd")]
    pushers = [{"module": route.pusher(), "name": "to ${SECRET}"}]
    known = route.known(pullers, [], pushers)
    before = set(threading.enumerate())
    failing.method, failing.at = method, at
    summary = drive_route(failing, known, route.passenger)
    failed = failing.calls >= at
    failing.method = ""
    assert (summary.error != "") is failed
    assert "swordfish" not in summary.error
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(20)
    assert not any(thread.is_alive() for thread in left), "no thread is left"
    if method == "record" and record == "each":
        assert len(route.pushed) <= at, "no push after one that could not be recorded"

    failing.renew(claims_of(failing), lease=timedelta(0), now=utc_now())
    route.drive(pullers=pullers, pushers=pushers)
    assert set(route.pushed) == set("abcd")
    assert all(entry.completed_on for entry in route.entries().values())
    if method != "record":
        assert sorted(route.pushed) == list("abcd"), "each once"


def claims_of(database: FailingDatabase) -> list[Claim]:
    """Claim what a drive that could not give it back still holds; its lease would end by itself."""
    route = Route(client_id="acme", passenger_module=next(iter(modules_of(database))))
    later = utc_now() + timedelta(hours=1)
    return database.claim(route, after=0, limit=100, owner="test", lease=timedelta(1), now=later)


def modules_of(database: FailingDatabase) -> set[str]:
    page = database.find(QueueQuery(client_id="acme", limit=100), now=utc_now())
    return {entry.passenger_module for entry in page.items} or {"none"}


@pytest.mark.parametrize("method", ["counts", "purge", "claim"])
def test_the_log_of_a_drive_that_ended_early_is_kept(
    route: RouteBuilder, failing: FailingDatabase, method: str
) -> None:
    known = route.known([route.pulls("a")], [], [route.pusher()])
    failing.method = method
    summary = drive_route(failing, known, route.passenger)
    failing.method = ""
    assert "Seated src - a" in route.log_text(summary)


class AwayOnce(MemoryDatabase):
    """Does not answer when a content is read."""

    def open_attachment(self, *names: Any) -> Any:
        raise StoreUnreachable("the server has gone")


@pytest.mark.parametrize("own", [True, False])
def test_a_database_that_was_away_for_one_plugin_is_no_attempt(route: RouteBuilder, own: bool) -> None:
    """Be it for a moment only, or another one than the drive's, which a plug-in writes to."""

    def push(passenger: Any) -> None:
        if passenger.passenger.external_id == "a":
            if own:
                passenger.passenger.attachments[0].binary_content  # noqa: B018 - it is read
            raise StoreUnreachable("swordfish has gone")

    route.database = AwayOnce({})
    route.database.open()
    pusher = {"module": route.pusher("pusher", push), "name": "to ${SECRET}"}
    pull = route.puller(lambda: [route.new("a", Attachment("a", text_content="a")), route.new("b")])
    summary = route.drive(pullers=[pull], pushers=[pusher])
    assert ("b" in route.pushed, summary.failed, summary.error) == (True, 1, "")
    assert summary.is_cut_off, "it is repeated soon"
    step = next(step for step in route.entries()["a"].steps if step.kind is StepKind.PUSH)
    assert (step.is_complete, step.attempts) == (False, 0)
    assert "waits for the next drive with src - a" in route.log_text(summary)
    assert "swordfish" not in route.log_text(summary)


# -- leases -----------------------------------------------------------------------------------------------------------


def test_a_passenger_whose_lease_was_lost_is_not_pushed(route: RouteBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock jumps, or the machine sleeps, while the first is pushed; meanwhile another drive claims the rest."""
    monkeypatch.setattr(boarding, "FRESH_SECONDS", 0.0)
    claimed: list[str] = []

    def push(passenger: Any) -> None:
        if not claimed:
            claims = route.database.claim(
                Route(client_id="acme", passenger_module=route.passenger),
                after=0,
                limit=10,
                owner="another",
                lease=timedelta(minutes=1),
                now=utc_now() + timedelta(hours=1),
            )
            claimed.extend(claim.entry.external_id for claim in claims)

    summary = route.drive(pullers=[route.pulls("a", "b", "c")], pushers=[route.pusher(push=push)])
    assert claimed == ["a", "b", "c"]
    assert route.pushed == ["a"], "it was under way already"
    assert "The lease on src - a" in route.log_text(summary)


def test_a_pull_ends_where_another_process_has_taken_the_lock(route: RouteBuilder) -> None:
    """After a jump of the clock, or a long sleep of the machine."""

    def pull() -> Iterator[Any]:
        for number in range(3 * BATCH):
            if number == BATCH + 1:
                later = utc_now() + timedelta(hours=1)
                lock, hour = f"pull acme {route.passenger}", timedelta(hours=1)
                assert route.database.lock(lock, owner="another", lease=hour, now=later)
            yield route.new(str(number))

    puller = route.puller(pull)
    known = route.known([puller, {"module": puller, "name": "second"}], [], [route.pusher()])
    summary = drive_route(route.database, known, route.passenger, share=Share(lease=timedelta(microseconds=3)))
    assert summary.pulled == 2 * BATCH
    assert "another process pulls this route now" in route.log_text(summary)
    assert (summary.is_cut_off, summary.error, summary.pulled_elsewhere) == (False, "", True)
    held = f"pull acme {route.passenger}"
    assert not route.database.lock(held, owner="third", lease=timedelta(hours=1), now=utc_now()), "it stays the other's"


@pytest.mark.parametrize("at", ["pull", "push"])
def test_a_drive_ends_soon_where_its_client_is_held(
    route: RouteBuilder, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """An export has begun, which cannot see a drive that pulls, and must find the source at rest."""
    monkeypatch.setattr(hold_watch, "LOOK_AGAIN", 0.0)
    holding = Holding(route.database, "acme", by="export")

    def pull() -> Iterator[Any]:
        for number in range(3 * BATCH):
            if at == "pull" and number == BATCH + 1:
                holding.__enter__()
            yield route.new(str(number))

    def push(passenger: Any) -> None:
        if at == "push" and passenger.passenger.external_id == "0":
            holding.__enter__()

    summary = route.drive(pullers=[route.puller(pull)], pushers=[route.pusher("pusher", push)])
    holding.__exit__(None, None, None)
    assert (summary.pulled, summary.pushed) == ((2 * BATCH, 0) if at == "pull" else (3 * BATCH, WINDOW))
    assert summary.is_cut_off, "it goes on when the client is held no longer"
    assert "This client is held by" in route.log_text(summary)
    route.drive(pullers=[route.pulls(*map(str, range(3 * BATCH)))], pushers=[route.pusher()])
    assert sorted(route.pushed, key=int) == [str(number) for number in range(3 * BATCH)]


# -- a queue of the user's own ----------------------------------------------------------------------------------------


def test_a_queue_module_that_fails_ends_the_drive_with_its_log(route: RouteBuilder) -> None:
    class Queue(PrimalQueue):
        def claim(self, **further: Any) -> Any:
            raise RuntimeError("swordfish has no queue")

    route.config["queue"] = route._register("queue", Queue)
    pusher = {"module": route.pusher(), "name": "to ${SECRET}"}
    summary = route.drive(pullers=[route.pulls("a")], pushers=[pusher])
    assert summary.error == "RuntimeError: *** has no queue"
    assert "The drive ended early: RuntimeError: *** has no queue" in route.log_text(summary)
    assert summary.waiting == 1
    del route.config["queue"]
    assert route.drive(pullers=[], pushers=[pusher]).pushed == 1


# -- configurations that change ---------------------------------------------------------------------------------------


def test_a_step_whose_plugin_left_goes_to_no_other_target(route: RouteBuilder) -> None:
    """The pusher that is left would be that of another customer."""

    class Pusher(AbstractPusher):
        Settings = UrlSettings

        def push(self, passenger: Any) -> None:
            route.pushed.append(f"{passenger.passenger.external_id} to {self.settings.url}")
            if self.settings.url == "y":
                raise ValueError("down")

    module = route._register("set", Pusher)
    to_x, to_y = ({"module": module, "name": f"to {each}", "settings": {"url": each}} for each in "xy")
    route.drive(pullers=[route.pulls("a")], pushers=[to_x, to_y])
    summary = route.drive(pullers=[], pushers=[to_x])
    assert (route.pushed, summary.failed) == (["a to x", "a to y"], 1)
    assert {step.name: step.is_complete for step in route.entries()["a"].steps if step.kind is StepKind.PUSH} == {
        "to x": True,
        "to y": False,
    }


class UrlSettings(BaseModel):
    url: str


def test_a_step_that_was_renamed_keeps_its_settings(route: RouteBuilder) -> None:
    class Pusher(AbstractPusher):
        Settings = UrlSettings

        def push(self, passenger: Any) -> None:
            route.pushed.append(self.settings.url)
            if fails:
                raise ValueError("down")

    fails = [1]
    module = route._register("set", Pusher)
    route.drive(pullers=[route.pulls("a")], pushers=[{"module": module, "name": "old", "settings": {"url": "u"}}])
    fails.clear()
    summary = route.drive(pullers=[], pushers=[{"module": module, "name": "new", "settings": {"url": "v"}}])
    assert (summary.is_clean, route.pushed) == (True, ["u", "v"])
    assert all(step.kind is not StepKind.PUSH or step.is_complete for step in route.entries()["a"].steps)
