"""Times in forms."""

from datetime import UTC, datetime

from databus.errors import DatabusError


def moment(text: str) -> datetime | None:
    """Return the time of a field of a form, which is in UTC where it does not say otherwise; None for an empty one.

    Raises:
        DatabusError: It is no time.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise DatabusError(f"{text!r} is no time: write it as 2026-11-25T09:30.") from None
