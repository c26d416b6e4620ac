from datetime import UTC, datetime, timedelta

import pytest

from databus.cli.failing import WrongUsage
from databus.cli.moments import moment, moment_ahead

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("90m", timedelta(minutes=90)),
        ("8h", timedelta(hours=8)),
        ("7d", timedelta(days=7)),
        ("1.5w", timedelta(days=10.5)),
    ],
)
def test_ages_count_back(text: str, age: timedelta) -> None:
    assert moment(text, now=NOW) == NOW - age


def test_spans_count_forward_where_a_time_to_come_is_meant() -> None:
    assert moment_ahead("7d", now=NOW) == NOW + timedelta(days=7)
    assert moment_ahead("2026-11-24T09:30Z", now=NOW) == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert moment_ahead("", now=NOW) is None


@pytest.mark.parametrize(("text", "reason"), [("2026-11-22", "is over already"), ("0s", "is over"), ("soon", "a span")])
def test_what_is_no_time_to_come(text: str, reason: str) -> None:
    with pytest.raises(WrongUsage, match=reason):
        moment_ahead(text, now=NOW)


def test_times_with_a_zone() -> None:
    assert moment("2026-11-23T09:30+02:00", now=NOW) == datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


def test_times_without_a_zone_are_local() -> None:
    local = datetime(2026, 11, 23).astimezone()
    assert moment("2026-11-23", now=NOW) == local


def test_nothing_is_no_time() -> None:
    assert moment("", now=NOW) is None


@pytest.mark.parametrize("text", ["yesterday", "7", "2026-13-01", "99999999999999999999d", "-3d"])
def test_other_texts_are_wrong_usage(text: str) -> None:
    with pytest.raises(WrongUsage, match="is no time"):
        moment(text, now=NOW)
