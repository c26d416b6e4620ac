"""When a route is due."""

from datetime import UTC, datetime, timedelta

import pytest

from databus.client.config import RouteConfig
from databus.dispatcher.schedule import Schedule, next_cron_time

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

BERLIN = "Europe/Berlin"


def next_run(schedule: Schedule, last_began: datetime | None, now: datetime = NOON) -> datetime | None:
    return schedule.next_run(last_began=last_began, first_seen=NOON, now=now)


def test_an_interval_counts_from_the_beginning_of_the_last_drive() -> None:
    schedule = Schedule.of(RouteConfig(name="m", sync_frequency=0.5))
    assert next_run(schedule, NOON) == NOON + timedelta(seconds=30)


def test_no_route_is_driven_more_often_than_each_second() -> None:
    assert Schedule.of(RouteConfig(name="m", sync_frequency=1e-9)).interval == timedelta(seconds=1)


def test_a_route_that_was_never_driven_is_due_at_once() -> None:
    assert next_run(Schedule(interval=MINUTE), None) == NOON


@pytest.mark.parametrize("frequency", [0, -1])
def test_a_route_without_schedule_runs_on_demand_only(frequency: float) -> None:
    assert next_run(Schedule.of(RouteConfig(name="m", sync_frequency=frequency)), None) is None


def test_a_clock_that_was_set_back_does_not_hold_a_route_up() -> None:
    schedule = Schedule(interval=MINUTE)
    assert next_run(schedule, NOON + timedelta(days=1), now=NOON) == NOON + MINUTE


def test_missed_runs_count_once() -> None:
    schedule = Schedule.of(RouteConfig(name="m", schedule="0 * * * *"))
    due = next_run(schedule, NOON - timedelta(days=3))
    assert due is not None
    assert due <= NOON
    after = next_run(schedule, NOON)
    assert after == NOON + timedelta(hours=1)


def test_a_cron_schedule_of_a_new_route_counts_from_when_it_was_first_seen() -> None:
    assert next_run(Schedule(cron="30 12 * * *"), None) == NOON + timedelta(minutes=30)


def test_cron_is_in_its_time_zone() -> None:
    due = next_cron_time("0 6 * * *", "Europe/Berlin", after=NOON)
    assert due == datetime(2026, 3, 11, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        # 29 March 2026: 02:00 becomes 03:00 in Berlin; 02:30 does not exist and runs at the change.
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        # 25 October 2026: 03:00 becomes 02:00; 02:30 exists twice and runs once.
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)),
    ],
)
def test_daylight_saving_time(after: datetime, expected: datetime) -> None:
    assert next_cron_time("30 2 * * *", "Europe/Berlin", after=after) == expected


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        # Begun between 02:00 and 02:30 for the second time: what was to run at 02:30 has run an hour ago.
        ("30 2 * * *", BERLIN, "2026-10-25T01:05Z", "2026-10-26T01:30Z"),
        ("30 1 * * 0", "America/New_York", "2026-11-01T06:01Z", "2026-11-08T06:30Z"),
        ("59 0-23 * * *", BERLIN, "2026-10-25T01:01Z", "2026-10-25T02:59Z"),
        # Minutes or hours with a star are those of the clock.
        ("*/20 2 * * *", BERLIN, "2026-10-25T00:40Z", "2026-10-25T01:00Z"),
        ("*/20 2 * * *", BERLIN, "2026-03-28T02:00Z", "2026-03-30T00:00Z"),
    ],
)
def test_the_hour_that_comes_twice(expression: str, zone: str, after: str, expected: str) -> None:
    due = next_cron_time(expression, zone, after=datetime.fromisoformat(after))
    assert due == datetime.fromisoformat(expected)


@pytest.mark.parametrize("expression", ["30 2 * * *", "59 0-23 * * *", "*/20 2 * * *", "0 * * * *", "15 1,2,3 * * 0"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
def test_what_comes_next_is_later(expression: str, zone: str) -> None:
    """Else a route is due again as soon as it was driven."""
    for day in (
        datetime(2026, 10, 25, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 4, 4, tzinfo=UTC),
    ):
        for minutes in range(0, 24 * 60, 7):
            after = day + timedelta(minutes=minutes)
            due = next_cron_time(expression, zone, after=after)
            assert due is not None
            assert due > after


def test_a_rare_expression_is_found() -> None:
    assert next_cron_time("0 0 29 2 *", "UTC", after=NOON) == datetime(2028, 2, 29, tzinfo=UTC)
