"""When a route is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:  # pydantic models: not needed to import a dispatcher
    from databus.client.config import RouteConfig


SHORTEST = timedelta(seconds=1)
"""Between the beginnings of two drives: each writes a log, and more of them would be nothing else."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a route is due. Without interval and cron expression: on demand only.

    Attributes:
        interval: Between the beginnings of two drives.
        cron: Minute, hour, day, month, day of week.
        time_zone: Of the cron expression, an IANA name.
    """

    interval: timedelta | None = None
    cron: str = ""
    time_zone: str = "UTC"

    @classmethod
    def of(cls, route: "RouteConfig") -> "Schedule":
        """Return the schedule that a route is configured with."""
        if route.schedule:
            return cls(cron=route.schedule, time_zone=route.time_zone)
        return cls(max(SHORTEST, timedelta(minutes=route.sync_frequency)) if route.sync_frequency > 0 else None)

    def next_run(self, *, last_began: datetime | None, first_seen: datetime, now: datetime) -> datetime | None:
        """Return when the route is due next; None means on demand only.

        Runs that were missed count once. A clock that was set back does not hold a route up: a last drive that seems
        to begin in the future is taken to have begun now.

        Args:
            last_began: When its last drive began; None if there was none.
            first_seen: When its configuration was first read: a cron schedule counts from there.
        """
        if last_began is not None:
            last_began = min(last_began, now)
        if self.interval is not None:
            return last_began + self.interval if last_began is not None else now
        if self.cron:
            return next_cron_time(self.cron, self.time_zone, after=last_began or first_seen)
        return None


def next_cron_time(expression: str, time_zone: str, *, after: datetime) -> datetime | None:
    """Return the first time after ``after`` that a cron expression names, or None if there is none any more.

    As Debian's cron does it: of fixed minutes and hours, those that a change to daylight saving time skips run at the
    change, and those that occur twice run once. Where minute or hour begins with ``*``, it is as the clock shows.
    """
    from cronsim import CronSim

    # What occurs twice is named by its first time, even to one who asks between the two.
    moments = CronSim(expression, after.astimezone(ZoneInfo(time_zone)))
    moment = next((each for each in moments if each > after), None)
    return moment.astimezone(after.tzinfo) if moment is not None else None
