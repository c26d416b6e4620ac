"""What routes carry is counted per quarter of an hour, by whatever process, and stays bounded."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.dispatcher.throughput import (
    FOLDER,
    KEPT,
    QUARTER,
    Carried,
    Tally,
    Throughput,
    add_throughput,
    day_of,
    quarter_of,
    read_throughput,
)
from databus.driver.abstract_driver import DriveSummary
from databus.errors import NotFound, StoreError
from databus.pqueue.queue_status import PassengerQueueStatus, QueueStatus
from databus.timestamps import utc_now
from tests.unit.dispatcher.test_primal_dispatcher import route
from tests.unit.dispatcher.test_queue_worker import Working
from tests.unit.driver.conftest import RouteBuilder
from tests.web.conftest import database

__all__ = ["database", "route"]

NOON = datetime(2026, 3, 1, 12, 7, 30, tzinfo=UTC)
QUARTER_OF_NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def add(database: AbstractDatabase, done: int, failed: int = 0, *, at: datetime = NOON) -> None:
    add_throughput(database, "acme", "orders", Carried(done, failed), at=at)


def read(database: AbstractDatabase) -> dict[datetime, Carried]:
    return dict(read_throughput(database, "acme", "orders").quarters)


def test_it_adds_up_by_quarters_of_an_hour(database: AbstractDatabase) -> None:
    assert read(database) == {}
    add(database, 3, 1)
    add(database, 2, at=NOON + timedelta(minutes=7))
    add(database, 5, at=NOON + timedelta(minutes=8))
    assert read(database) == {QUARTER_OF_NOON: Carried(5, 1), QUARTER_OF_NOON + QUARTER: Carried(5, 0)}
    assert read_throughput(database, "acme", "others") == Throughput()


def test_what_is_old_is_forgotten_and_what_seems_to_come_stays(database: AbstractDatabase) -> None:
    for hours in (26, 24, 1, -0.25):
        add(database, 1, at=NOON - timedelta(hours=hours))
    add(database, 1)
    begins = [QUARTER_OF_NOON - timedelta(hours=hours) for hours in (24, 1, 0, -0.25)]
    assert sorted(read(database)) == begins, "the clock of another process may be ahead"


def test_it_stays_small(database: AbstractDatabase) -> None:
    for quarter in range(300):
        add(database, 1_000_000, 1_000_000, at=NOON + quarter * QUARTER)
    assert len(read(database)) == KEPT / QUARTER
    assert len(database.read_document("acme", f"{FOLDER}orders").content) < 5_000


def test_nobody_s_count_is_lost(database: AbstractDatabase) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: add(database, 1), range(8)))
    assert read(database) == {QUARTER_OF_NOON: Carried(8)}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"quarters": {"x": [1, 2]}}', b'{"quarters": {"2026-03-01": 1}}']
)
def test_something_unreadable_counts_as_nothing(database: AbstractDatabase, content: bytes) -> None:
    database.write_document("acme", f"{FOLDER}orders", content, expected=None, by="", now=NOON)
    assert read(database) == {}
    add(database, 1)
    assert read(database) == {QUARTER_OF_NOON: Carried(1)}


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-03-01T12:00:00+00:00", "UTC", "2026-03-01T00:00:00+00:00"),
        ("2026-03-01T23:30:00+00:00", "Europe/Berlin", "2026-03-01T23:00:00+00:00"),
        ("2026-03-01T12:00:00+00:00", "Asia/Kathmandu", "2026-02-28T18:15:00+00:00"),
        ("2026-10-25T22:59:00+00:00", "Europe/Berlin", "2026-10-24T22:00:00+00:00"),
        ("2026-03-29T12:00:00+00:00", "Europe/Berlin", "2026-03-28T23:00:00+00:00"),
    ],
)
def test_a_day_begins_at_midnight_which_is_a_quarter(moment: str, zone: str, day: str) -> None:
    begin = day_of(datetime.fromisoformat(moment), zone)
    assert begin == datetime.fromisoformat(day)
    assert quarter_of(begin) == begin
    assert datetime.fromisoformat(moment) - begin < KEPT


# -- of one drive -----------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_long_drive_counts_where_it_happens(database: AbstractDatabase) -> None:
    tally = Tally(database, "acme", "orders", clock=(clock := Clock()))
    summary = DriveSummary("acme", "orders", completed=3)
    tally.follow(summary)
    assert read(database) == {}, "once in a quarter is enough"
    clock.now += QUARTER
    tally.follow(summary)
    summary.completed, summary.failed = 10, 1
    clock.now += QUARTER
    tally.finish(summary)
    assert read(database) == {QUARTER_OF_NOON: Carried(3), QUARTER_OF_NOON + 2 * QUARTER: Carried(7, 1)}


class Lost(MemoryDatabase):
    """Takes no documents for a while."""

    is_lost = True

    def write_document(self, *arguments: object, **more: object) -> object:  # type: ignore[override] # hands all on
        if self.is_lost:
            raise StoreError("the disk is full")
        return super().write_document(*arguments, **more)  # type: ignore[arg-type] # as they came


def test_what_cannot_be_counted_is_counted_later_or_told(caplog: pytest.LogCaptureFixture) -> None:
    database = Lost({})
    database.open()
    tally = Tally(database, "acme", "orders", clock=(clock := Clock()))
    summary = DriveSummary("acme", "orders", completed=3)
    clock.now += QUARTER
    with caplog.at_level(logging.WARNING):
        tally.follow(summary)
        assert caplog.messages == []
        tally.finish(summary)
    assert caplog.messages == ["What acme orders has carried could not be counted: the disk is full"]
    database.is_lost = False
    tally.finish(summary)
    assert read(database) == {QUARTER_OF_NOON + QUARTER: Carried(3)}


def carried(route: RouteBuilder) -> Carried:
    now = utc_now()
    throughput = read_throughput(route.database, "acme", route.passenger)
    return throughput.between(now - DAY, now + DAY)


def test_every_drive_counts_and_an_idle_one_writes_nothing(route: RouteBuilder) -> None:
    def process(status: PassengerQueueStatus) -> None:
        if status.passenger.external_id == "filtered":
            status.set_all_pusher_statuses(QueueStatus.complete)
        if status.passenger.external_id == "bad":
            raise ValueError("no")

    processor, pusher = route.processor("check", process), route.pusher()
    route.drive(pullers=[route.puller(list)], processors=[processor], pushers=[pusher])
    with pytest.raises(NotFound):
        route.database.read_document("acme", FOLDER + route.passenger)
    route.drive(pullers=[route.pulls("good", "bad", "filtered")], processors=[processor], pushers=[pusher])
    assert (route.pushed, carried(route)) == (["good"], Carried(2, 1))
    route.drive(pullers=[route.puller(list)], processors=[processor], pushers=[pusher])
    assert carried(route) == Carried(2, 2), "it failed in that drive, too"


def test_what_a_worker_drives_counts_too(route: RouteBuilder) -> None:
    working = Working(route)
    working.seat("a", "b")
    assert working.tick() == 1
    assert carried(route) == Carried(2)
