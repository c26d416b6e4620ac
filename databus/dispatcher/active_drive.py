"""A drive that is under way."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveDrive:
    """A drive that this process is at; ``began`` is None where that is not known yet."""

    client_id: str
    passenger_module: str
    began: datetime | None
