"""How much a route has carried lately: passengers done and failed per quarter of an hour, kept in the database.

Quarters of an hour, because in every time zone a day begins at one.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson

from databus.database.abstract_database import AbstractDatabase
from databus.database.changing import change_document
from databus.driver.abstract_driver import DriveSummary
from databus.errors import NotFound, StoreError

FOLDER = "state/throughput/"

QUARTER = timedelta(minutes=15)

KEPT = timedelta(hours=25)
"""A day has so many hours when daylight saving time ends."""

ATTEMPTS = 10
"""Another process may count its part of the same route at the same moment."""

_logger = logging.getLogger("databus")


@dataclass(frozen=True, slots=True)
class Carried:
    """How many passengers a route has carried.

    Attributes:
        done: That drives have completed, with all their steps.
        failed: That had a step fail in a drive; in each drive anew.
    """

    done: int = 0
    failed: int = 0

    def __add__(self, other: "Carried") -> "Carried":
        return Carried(self.done + other.done, self.failed + other.failed)

    def __sub__(self, other: "Carried") -> "Carried":
        return Carried(self.done - other.done, self.failed - other.failed)

    def __bool__(self) -> bool:
        return bool(self.done or self.failed)


NOTHING = Carried()


@dataclass(frozen=True, slots=True)
class Throughput:
    """What a route has carried in the last day, by the beginnings of the quarters; those with nothing are left out."""

    quarters: Mapping[datetime, Carried] = field(default_factory=dict)

    def between(self, since: datetime, until: datetime) -> Carried:
        """Return what it has carried in the quarters that begin in a time."""
        return sum((each for begin, each in self.quarters.items() if since <= begin < until), NOTHING)


def quarter_of(moment: datetime) -> datetime:
    """Return when the quarter of an hour of a moment began."""
    begin = moment.astimezone(UTC)
    return begin.replace(minute=begin.minute - begin.minute % 15, second=0, microsecond=0)


def day_of(moment: datetime, time_zone: str) -> datetime:
    """Return when the day of a moment began in a time zone."""
    midnight = moment.astimezone(ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return midnight.astimezone(UTC)


def read_throughput(database: AbstractDatabase, client_id: str, passenger_module: str) -> Throughput:
    """Return what is kept of a route; something unreadable counts as nothing."""
    try:
        return _decoded(database.read_document(client_id, FOLDER + passenger_module).content)
    except NotFound:
        return Throughput()


def add_throughput(
    database: AbstractDatabase, client_id: str, passenger_module: str, carried: Carried, *, at: datetime
) -> None:
    """Add to the quarter of an hour of a moment, and forget what is further away than ``KEPT``.

    What is later stays: the clock of another process may be ahead a little.

    Raises:
        StoreError: It was not added.
    """
    quarter = quarter_of(at)

    def change(content: bytes) -> bytes:
        near = {begin: each for begin, each in _decoded(content).quarters.items() if abs(begin - quarter) < KEPT}
        return _encoded({**near, quarter: near.get(quarter, NOTHING) + carried})

    name = FOLDER + passenger_module
    change_document(database, client_id, name, change, clock=lambda: at, attempts=ATTEMPTS, may_be_new=True)


class Tally:
    """Counts what one drive carries, in the quarter of an hour in which it happens.

    It writes once at the end of the drive, and once in each further quarter that the drive takes; where nothing was
    carried it writes nothing.
    """

    def __init__(
        self, database: AbstractDatabase, client_id: str, passenger_module: str, *, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._route = client_id, passenger_module
        self._clock = clock
        self._quarter = quarter_of(clock())
        self._counted = NOTHING

    def follow(self, summary: DriveSummary) -> None:
        """Take note of how far the drive is, from time to time."""
        now = quarter_of(self._clock())
        if now != self._quarter:
            self._count(summary, logging.DEBUG)  # of what cannot be counted now, the end tells
            self._quarter = now

    def finish(self, summary: DriveSummary) -> None:
        """Count the rest. What the database does not take is told, and no failure of the drive, which is over."""
        self._quarter = quarter_of(self._clock())
        self._count(summary, logging.WARNING)

    def _count(self, summary: DriveSummary, level: int) -> None:
        carried = Carried(summary.completed, summary.failed)
        more = carried - self._counted
        if not more:
            return
        try:
            add_throughput(self._database, *self._route, more, at=self._quarter)
        except StoreError as error:
            _logger.log(level, "What %s %s has carried could not be counted: %s", *self._route, error)
        else:
            self._counted = carried


def _encoded(quarters: Mapping[datetime, Carried]) -> bytes:
    shown = {begin.isoformat(timespec="minutes"): [each.done, each.failed] for begin, each in sorted(quarters.items())}
    return orjson.dumps({"quarters": shown})


def _decoded(content: bytes) -> Throughput:
    try:
        stored = orjson.loads(content)["quarters"]
        return Throughput(
            {datetime.fromisoformat(begin).astimezone(UTC): Carried(*map(int, each)) for begin, each in stored.items()}
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return Throughput()
