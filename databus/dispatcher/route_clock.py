"""What a dispatcher knows of a route's drives."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from databus.dispatcher.schedule import Schedule
from databus.driver.abstract_driver import DriveSummary

FIRST_REPEAT = timedelta(seconds=5)
"""After this time a drive that the database cut off is repeated; it is doubled each time that happens again."""

LONGEST_REPEAT = timedelta(minutes=5)


@dataclass(slots=True)
class RouteClock:
    """When a route was last driven, and what is happening to it now.

    Attributes:
        last_began: When its last drive began.
        first_seen: When its configuration was first read.
        noted: What the database said about its last drive when it was last looked at: another time there means that
            another process has driven it.
        running: Whether this process drives it now.
        expedited: Whether it is to be driven whatever the time.
        not_before: Until then it is left alone, although it is due.
        cut_off: How many of its last drives in a row the database has cut off.
        progress: How far the drive is that is under way; None while it has told nothing yet.
        trouble: Why the last drive did not come to its end; empty where it did, and while one is under way.
    """

    last_began: datetime | None
    first_seen: datetime
    noted: datetime | None = None
    running: bool = False
    expedited: bool = False
    not_before: datetime | None = None
    cut_off: int = 0
    progress: DriveSummary | None = None
    trouble: str = ""

    def next_run(self, schedule: Schedule, now: datetime) -> datetime | None:
        """Return when the route is due; what seems to be in the future, because the clock was set back, is now."""
        self.first_seen = min(self.first_seen, now)
        self.last_began = min(self.last_began, now) if self.last_began is not None else None
        return schedule.next_run(last_began=self.last_began, first_seen=self.first_seen, now=now)

    def is_due(self, schedule: Schedule, now: datetime) -> bool:
        """Whether it is to be driven now."""
        next_run = self.next_run(schedule, now)
        return self.expedited or (next_run is not None and next_run <= now)

    def rests(self, now: datetime) -> bool:
        """Whether it is left alone for a while; never longer than that, whatever was done to the clock."""
        return self.not_before is not None and now < self.not_before <= now + LONGEST_REPEAT

    def rest(self, now: datetime, span: timedelta) -> None:
        """Leave it alone for a while."""
        self.not_before = now + min(span, LONGEST_REPEAT)

    def notice(self, began: datetime | None) -> None:
        """Take over when another process drove it last, if one has since the last look."""
        if began != self.noted:
            self.last_began = self.noted = began

    def begin(self, now: datetime) -> None:
        """A drive begins."""
        self.last_began = self.noted = now  # before others can see that it runs
        self.running, self.expedited = True, False
        self.not_before = None
        self.trouble = ""

    def follow(self, summary: DriveSummary) -> None:
        """Take note of how far the drive is."""
        self.progress = summary

    def end(self, trouble: str) -> None:
        """The drive has ended."""
        self.trouble = trouble
        self.running, self.progress = False, None

    def take_back(self, before: datetime | None, now: datetime, *, expedited: bool) -> None:
        """The drive that ends was cut off by the database: it is due again as it was before, after a while."""
        self.last_began = before
        self.expedited = self.expedited or expedited
        self.rest(now, FIRST_REPEAT * 2 ** min(self.cut_off, 10))
        self.cut_off += 1
