"""What a route has carried lately, as people look at it: today, and hour by hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from databus.dispatcher.throughput import Carried, Throughput, day_of, quarter_of

HOUR = timedelta(hours=1)

HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedLately:
    """What a route has carried lately.

    Attributes:
        today: Since midnight in the time zone.
        time_zone: The one that the route is configured with.
        since: When the first of the hours began.
        hours: The last 24, oldest first; the last one is not over.
    """

    today: Carried
    time_zone: str
    since: datetime
    hours: tuple[Carried, ...]

    @property
    def in_all(self) -> Carried:
        """All hours together."""
        return sum(self.hours, Carried())


def carried_lately(throughput: Throughput, *, time_zone: str, now: datetime) -> CarriedLately:
    """Return what a route has carried lately."""
    since = quarter_of(now).replace(minute=0) - (HOURS - 1) * HOUR
    hours = [Carried()] * HOURS
    for begin, carried in throughput.quarters.items():
        place = (begin - since) // HOUR
        if 0 <= place < HOURS:
            hours[place] += carried
    return CarriedLately(
        today=throughput.between(day_of(now, time_zone), now + HOUR),
        time_zone=time_zone,
        since=since,
        hours=tuple(hours),
    )
