"""Times: everything inside Databus is aware and in UTC."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present time, aware and in UTC."""
    return datetime.now(UTC)


def as_utc(moment: datetime) -> datetime:
    """Return the same moment, aware and in UTC.

    A naive time, as plug-ins written for Databus 8 give it, is taken as local time. Times so near to the ends of the
    calendar that the system cannot shift them are taken as UTC.
    """
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        return moment.replace(tzinfo=UTC)


def local_text(time: datetime) -> str:
    """Return a time in the zone of this machine, for who looks at it."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def utc_text(time: datetime) -> str:
    """Return a time for programs."""
    return time.isoformat()
