"""Times: everything inside Databus is aware and in UTC; plug-ins get the same moments in local time."""

from datetime import UTC, datetime
from typing import Any


def utc_now() -> datetime:
    """Return the present time, aware and in UTC."""
    return datetime.now(UTC)


def as_utc(moment: datetime) -> datetime:
    """Return the same moment, aware and in UTC: a plain datetime, whatever subclass is given.

    A naive time, as plug-ins written for Databus 8 give it, is taken as local time. Times so near to the ends of the
    calendar that the system cannot shift them are taken as UTC.
    """
    if moment.tzinfo is UTC and type(moment) is datetime:
        return moment
    try:
        utc = moment.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        utc = moment.replace(tzinfo=UTC)
    return utc if type(utc) is datetime else datetime.combine(utc.date(), utc.time(), UTC)


class LocalTime(datetime):
    """A moment as plug-ins get it: aware, in local time, and not at odds with naive local times.

    Databus 8 gave naive local times. Plug-ins that were written for it print the right day with this one, compare it
    with ``datetime.now()``, and subtract the one from the other.
    """

    @classmethod
    def of(cls, moment: datetime) -> "LocalTime":
        """Return an aware moment in local time; one so near to the end of the calendar that it has none, in UTC."""
        try:
            local = moment.astimezone()
        except (OverflowError, ValueError, OSError):
            local = moment
        return cls.combine(local.date(), local.timetz())

    def __sub__(self, other: Any) -> Any:
        return super().__sub__(_aware(other))

    def __rsub__(self, other: Any) -> Any:
        return as_utc(other) - as_utc(self) if isinstance(other, datetime) else NotImplemented

    def __lt__(self, other: Any) -> bool:
        return super().__lt__(_aware(other))

    def __le__(self, other: Any) -> bool:
        return super().__le__(_aware(other))

    def __gt__(self, other: Any) -> bool:
        return super().__gt__(_aware(other))

    def __ge__(self, other: Any) -> bool:
        return super().__ge__(_aware(other))

    def __eq__(self, other: object) -> bool:
        return super().__eq__(_aware(other))

    __hash__ = datetime.__hash__


def _aware(other: Any) -> Any:
    return as_utc(other) if isinstance(other, datetime) and other.tzinfo is None else other


def local_text(time: datetime) -> str:
    """Return a time in the zone of this machine, for who looks at it."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def utc_text(time: datetime) -> str:
    """Return a time for programs."""
    return time.isoformat()
