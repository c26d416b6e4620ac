"""Checks of cron expressions and time zones."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

_PARTS = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day-of-month": "1 to 31, or L for the last one",
    "month": "1 to 12, or JAN to DEC",
    "day-of-week": "0 to 7, or SUN to SAT",
}
"""The parts of an expression, as cronsim calls them, and what each may be."""


def cron_expression(expression: str) -> str:
    """Return a cron expression of five fields as it is.

    Raises:
        ValueError: It is none, or names no time that ever comes.
    """
    from cronsim import CronSim, CronSimError

    if len(expression.split()) != len(_PARTS):
        raise ValueError('expected minute, hour, day, month and weekday, such as "30 6 * * 1-5"')
    try:
        next(CronSim(expression, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        wrong = _wrong_part(expression, str(error))
        raise ValueError(f"the cron expression {expression!r} is wrong: {wrong}") from None
    except StopIteration:
        raise ValueError(f"the cron expression {expression!r} names no time that ever comes") from None
    return expression


def _wrong_part(expression: str, error: str) -> str:
    """Return which part is wrong, and what it may be."""
    for (name, allowed), part in zip(_PARTS.items(), expression.split(), strict=True):
        if error == f"Bad {name}":
            also = "*, a list such as 1,2, a range such as 1-5, or a step such as */5"
            return f"{part!r} is no {name.replace('-', ' ')}, which is {allowed}, {also}"
    return error


def time_zone_name(name: str) -> str:
    """Return the name of a time zone as it is.

    Raises:
        ValueError: There is no such time zone; the text names the nearest one.
    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(_unknown_zone(name)) from None
    return name


def _unknown_zone(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, available_timezones(), n=1)
    advice = f"did you mean {near[0]!r}?" if near else 'write it as "Europe/Berlin" or "UTC"'
    return f"there is no time zone {name!r}; {advice}"
