from datetime import UTC, datetime, timedelta

import pytest

from databus.cli.failing import WrongUsage
from databus.cli.moments import moment

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
