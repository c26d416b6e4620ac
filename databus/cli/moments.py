"""Times as people write and read them."""

import re
from datetime import datetime, timedelta

from databus.cli.failing import WrongUsage
from databus.timestamps import as_utc

_AGE = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, *, now: datetime) -> datetime | None:
    """Return the time that an option names; None where it is empty.

    Args:
        text: An ISO date or time, local where it has no zone, or an age: ``90m``, ``8h``, ``7d``.
        now: From which an age counts back.

    Raises:
        WrongUsage: It is neither.
    """
    if not text:
        return None
    try:
        if age := _AGE.fullmatch(text):
            return now - timedelta(**{_UNITS[age[2]]: float(age[1])})
        return as_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise WrongUsage(
            f"{text!r} is no time: write 2026-11-23, 2026-11-23T09:30, or an age such as 90m, 8h, 7d"
        ) from None
