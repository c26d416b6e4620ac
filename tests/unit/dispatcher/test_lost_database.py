"""The dispatcher while its database is gone: told once, tried less often, and what was cut off is repeated."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from databus.database.memory_db.memory_database import MemoryDatabase
from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.dispatcher.client_directory import ClientDirectory
from databus.dispatcher.primal_dispatcher import PrimalDispatcher
from databus.dispatcher.route_clock import LONGEST_REPEAT, RouteClock
from databus.dispatcher.trouble import LONGEST_PAUSE, Trouble
from databus.errors import StoreError, StoreUnreachable
from databus.pqueue.outcome import StepKind
from databus.timestamps import utc_now
from tests.unit.dispatcher.test_primal_dispatcher import Watching, config, configure, route, running, tick
from tests.unit.driver.conftest import RouteBuilder

__all__ = ["route"]

SECOND = timedelta(seconds=1)


class Lost(MemoryDatabase):
    """Answers neither ticks nor drives for so many calls; each time it says so in other words."""

    lost = 0

    def _answer(self) -> None:
        if self.lost:
            self.lost -= 1
            raise StoreUnreachable(f"nobody answers, {self.lost}")

    def clients(self) -> dict[str, str]:
        self._answer()
        return super().clients()

    def claim(self, *arguments: Any, **named: Any) -> Any:
        self._answer()
        return super().claim(*arguments, **named)


@pytest.fixture
def database(route: RouteBuilder) -> Lost:
    database = Lost({})
    database.open()
    configure(database, "acme", config(route))
    route.database = database
    return database


def test_it_is_told_once_and_once_that_it_is_back(
    database: Lost, route: RouteBuilder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    database.lost = 3
    with running(database, observer := Watching()) as dispatcher:
        for _ in range(3):
            dispatcher.expedite("acme", "wakes it up")
        observer.wait_for(1)
    told = [record.getMessage() for record in caplog.records]
    assert sum("The database cannot be used now" in line for line in told) == 1
    assert sum("The database is back" in line for line in told) == 1


@pytest.mark.parametrize("expedited", [False, True])
def test_a_drive_that_was_cut_off_is_repeated_soon(
    database: Lost, route: RouteBuilder, caplog: pytest.LogCaptureFixture, expedited: bool
) -> None:
    configure(database, "acme", config(route, sync_frequency=0 if expedited else 60))
    dispatcher, directory = PrimalDispatcher(DispatcherTicket()), ClientDirectory(database)
    dispatcher._use(database)
    if expedited:
        dispatcher.expedite("acme", route.passenger)
    directory.refresh(now=(now := utc_now()))
    database.lost = 0
    claim = database.claim
    database.claim = lambda *_, **__: (_ for _ in ()).throw(StoreUnreachable("gone"))  # type: ignore[method-assign] # for one drive
    assert len(tick(dispatcher, directory, now)) == 1
    database.claim = claim  # type: ignore[method-assign] # as before
    assert route.pushed == []
    assert len(tick(dispatcher, directory, utc_now())) == 0, "not at once"
    assert len(tick(dispatcher, directory, utc_now() + 6 * SECOND)) == 1
    assert route.pushed == ["a"]
    assert len(tick(dispatcher, directory, utc_now() + 60 * SECOND)) == 0
    assert caplog.text.count("repeated by itself: gone") == 1


def test_repeats_are_further_and_further_apart_but_not_for_ever() -> None:
    now = utc_now()
    clock = RouteClock(None, now)
    waits = []
    for _ in range(12):
        clock.take_back(None, now, expedited=False)
        assert clock.not_before is not None
        waits.append(clock.not_before - now)
    assert waits[:4] == [5 * SECOND, 10 * SECOND, 20 * SECOND, 40 * SECOND]
    assert waits[-1] == LONGEST_REPEAT
    assert clock.rests(now)
    assert not clock.rests(now - timedelta(days=365)), "a clock that is set back holds nothing up"


def test_a_server_that_is_away_is_tried_less_and_less_often() -> None:
    trouble = Trouble()
    assert trouble.pause(1.0) == 1.0
    pauses = []
    for number in range(8):
        trouble.note(StoreUnreachable(str(number)), "away")
        pauses.append(trouble.pause(1.0))
    assert pauses[0] < pauses[2] < pauses[4]
    assert max(pauses) <= 1.25 * LONGEST_PAUSE
    trouble.is_over()
    assert trouble.pause(1.0) == 1.0
    trouble.note(StoreError("full"), "full")
    assert trouble.pause(1.0) == 1.0, "what fails for another reason may be mended at any moment"


def test_a_push_that_cannot_read_its_passenger_is_no_attempt(database: Lost, route: RouteBuilder) -> None:
    """The database goes while a plug-in reads an attachment: the plug-in did not fail."""

    def push(passenger: Any) -> None:
        if not pushes:
            pushes.append("lost")
            try:
                raise StoreUnreachable("gone")
            except StoreUnreachable as error:
                raise ValueError("cannot read") from error

    pushes: list[str] = []
    configure(database, "acme", config(route, push))
    dispatcher, directory = PrimalDispatcher(DispatcherTicket()), ClientDirectory(database)
    dispatcher._use(database)
    assert len(tick(dispatcher, directory, utc_now())) == 1
    (entry,) = route.entries().values()
    assert [(step.attempts, step.last_error) for step in entry.steps if step.kind is StepKind.PUSH] == [(0, "")]
    assert len(tick(dispatcher, directory, utc_now() + 6 * SECOND)) == 1
    assert route.pushed == ["a"]
