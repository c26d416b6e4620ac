"""Times as people write and read them."""

import re
from datetime import datetime, timedelta

from databus.cli.failing import WrongUsage
from databus.timestamps import as_utc

_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, *, now: datetime) -> datetime | None:
    """Return the time in the past that an option names; None where it is empty.

    Args:
        text: An ISO date or time, local where it has no zone, or an age: ``90m``, ``8h``, ``7d``.
        now: From which an age counts back.

    Raises:
        WrongUsage: It is neither.
    """
    return _moment(text, now=now, sign=-1)


def moment_ahead(text: str, *, now: datetime) -> datetime | None:
    """Return the time to come that an option names; None where it is empty.

    Args:
        text: As for ``moment``; what is an age there counts forward.
        now: From which it counts.

    Raises:
        WrongUsage: It is no time, or it is over.
    """
    found = _moment(text, now=now, sign=1)
    if found is not None and found <= now:
        raise WrongUsage(f"{text!r} is over already: give a time that is to come")
    return found


def _moment(text: str, *, now: datetime, sign: int) -> datetime | None:
    if not text:
        return None
    try:
        if span := _SPAN.fullmatch(text):
            return now + sign * timedelta(**{_UNITS[span[2]]: float(span[1])})
        return as_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        span_name = "an age" if sign < 0 else "a span"
        raise WrongUsage(
            f"{text!r} is no time: write 2026-11-23, 2026-11-23T09:30, or {span_name} such as 90m, 8h, 7d"
        ) from None
