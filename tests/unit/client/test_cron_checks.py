import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databus.client.cron import cron_expression, time_zone_name


@pytest.mark.parametrize("expression", ["* * * * *", "30 6 * * 1-5", "*/5 0-6,12 1 JAN MON", "0 0 L * *"])
def test_cron_expressions(expression: str) -> None:
    assert cron_expression(expression) == expression


@pytest.mark.parametrize("expression", ["", "daily", "* * * *", "* * * * * *", "61 * * * *", "0 0 30 2 *", "a b c d e"])
def test_what_is_no_cron_expression(expression: str) -> None:
    with pytest.raises(ValueError, match=r"cron|minute, hour"):
        cron_expression(expression)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("61 * * * *", "'61' is no minute, which is 0 to 59, "),
        ("* 24 * * *", "'24' is no hour, which is 0 to 23, "),
        ("* * 0 * *", "'0' is no day of month, which is 1 to 31, "),
        ("* * * 13 *", "'13' is no month, which is 1 to 12, or JAN to DEC, "),
        ("* * * * 8", "'8' is no day of week, which is 0 to 7, or SUN to SAT, "),
    ],
)
def test_the_part_that_is_wrong_is_named_with_what_it_may_be(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"{re.escape(expression)}' is wrong: {reason}"):
        cron_expression(expression)


@given(st.text() | st.text(alphabet="0123456789*/-,#LW ", max_size=20))
def test_any_text_is_taken_or_refused(text: str) -> None:
    for check in (cron_expression, time_zone_name):
        with suppress(ValueError):
            assert check(text) == text


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_time_zones(name: str) -> None:
    assert time_zone_name(name) == name


def test_the_nearest_time_zone_is_proposed() -> None:
    with pytest.raises(ValueError, match="no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'"):
        time_zone_name("Europe/Berln")


@pytest.mark.parametrize("name", ["", "Europe", "../etc/passwd", "/etc/localtime", "qqqq", "a\0b"])
def test_what_is_no_time_zone(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        time_zone_name(name)
