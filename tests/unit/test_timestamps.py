"""Times are aware and in UTC."""

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from databus.timestamps import LocalTime, as_utc, utc_now


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


NIGHT = datetime(2024, 6, 30, 21, 30, tzinfo=UTC)
NAIVE = datetime(2024, 7, 1, 0, 30)  # noqa: DTZ001 - as Databus 8 gave it to plug-ins in Istanbul


@pytest.mark.usefixtures("in_istanbul")
def test_plug_ins_get_local_time() -> None:
    local = LocalTime.of(NIGHT)
    assert local.isoformat() == "2024-07-01T00:30:00+03:00"
    assert local.utcoffset() == timedelta(hours=3)
    assert local == NIGHT
    assert hash(local) == hash(NIGHT)
    assert (local + timedelta(days=1)).strftime("%Y-%m-%d %H:%M") == "2024-07-02 00:30"


@pytest.mark.usefixtures("in_istanbul")
def test_local_time_is_not_at_odds_with_naive_time() -> None:
    local, later = LocalTime.of(NIGHT), NAIVE + timedelta(hours=1)
    assert local == NAIVE
    assert local == NAIVE
    assert local != later
    assert local < later
    assert later > local
    assert local <= NAIVE <= local
    assert not local > later
    assert not later <= local
    assert later - local == timedelta(hours=1)
    assert local - later == -timedelta(hours=1)
    assert local - timedelta(hours=1) < NAIVE
    assert local > datetime.min  # noqa: DTZ901 - naive on purpose
    assert local != "a text"


@pytest.mark.usefixtures("in_istanbul")
def test_local_time_goes_with_aware_time_as_any() -> None:
    local, later = LocalTime.of(NIGHT), NIGHT + timedelta(hours=1)
    assert later - local == local + timedelta(hours=1) - local == timedelta(hours=1)
    assert local < later
    assert max(local, later) is later
    with pytest.raises(TypeError):
        local - "a text"


@pytest.mark.usefixtures("in_istanbul")
def test_what_is_stored_of_local_time_is_plain() -> None:
    for local in (
        LocalTime.of(NIGHT),
        copy.deepcopy(LocalTime.of(NIGHT)),
        pickle.loads(pickle.dumps(LocalTime.of(NIGHT))),
    ):
        assert as_utc(local) == NIGHT
        assert type(as_utc(local)) is datetime
        assert as_utc(local).tzinfo is UTC


@pytest.mark.parametrize("moment", [datetime.min, datetime.max])  # noqa: DTZ901 - naive on purpose
def test_the_ends_of_the_calendar_have_no_local_time(moment: datetime) -> None:
    assert as_utc(LocalTime.of(as_utc(moment))) == as_utc(moment)
