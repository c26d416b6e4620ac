"""Times in files and in the index."""

from datetime import UTC, datetime, timedelta

from databus.timestamps import as_utc

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Return a time as microseconds since 1970."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_micros(value: int) -> datetime:
    """Return the time of a number of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=value)


def parse(text: str) -> datetime:
    """Return the time of an ISO text; one without a zone, as Databus 8 wrote it, is local time.

    Raises:
        ValueError: It is none.
    """
    return as_utc(datetime.fromisoformat(text))
