"""Times are aware and in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from databus.timestamps import as_utc, utc_now


def test_now_is_utc() -> None:
    assert utc_now().tzinfo is UTC


@pytest.mark.usefixtures("in_istanbul")
def test_naive_times_are_local() -> None:
    assert as_utc(datetime(2024, 7, 1, 12)) == datetime(2024, 7, 1, 9, tzinfo=UTC)  # noqa: DTZ001 - naive on purpose


def test_other_zones_become_utc() -> None:
    moment = datetime(2024, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert as_utc(moment).isoformat() == "2024-07-01T10:00:00+00:00"


def test_utc_stays_the_same_object() -> None:
    moment = utc_now()
    assert as_utc(moment) is moment


@pytest.mark.parametrize("moment", [datetime.min, datetime.max])  # noqa: DTZ901 - naive on purpose
@pytest.mark.usefixtures("in_istanbul")
def test_the_ends_of_the_calendar_are_no_error(moment: datetime) -> None:
    assert as_utc(moment).tzinfo is UTC
