"""Checks of cron expressions and time zones."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

_FIELDS = 5


def cron_expression(expression: str) -> str:
    """Return a cron expression of five fields as it is.

    Raises:
        ValueError: It is none, or names no time that ever comes.
    """
    from cronsim import CronSim, CronSimError

    if len(expression.split()) != _FIELDS:
        raise ValueError('expected minute, hour, day, month and weekday, such as "30 6 * * 1-5"')
    try:
        next(CronSim(expression, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f"the cron expression {expression!r} is wrong: {error}") from None
    except StopIteration:
        raise ValueError(f"the cron expression {expression!r} names no time that ever comes") from None
    return expression


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
