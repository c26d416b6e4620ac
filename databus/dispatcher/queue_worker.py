"""The dispatcher of ``databus worker``: drives what waits in the queues of a shared database, beside others."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from databus.database.abstract_database import AbstractDatabase
from databus.database.opening import make_database
from databus.database.steps import AT_ONCE
from databus.dispatcher.client_directory import KnownClient
from databus.dispatcher.primal_dispatcher import PrimalDispatcher
from databus.dispatcher.route_clock import RouteClock
from databus.dispatcher.turns import RouteKey, is_shared
from databus.driver.abstract_driver import DriveSummary, QueueMark, Share
from databus.errors import ConfigError, Problem
from databus.timestamps import utc_now

SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class _Place:
    """Where a route's next drive begins in the queue.

    What failed lies before the mark, mostly, so that not every drive claims it again to leave it alone. Now and then
    a drive begins at the front, where a killed process may have left something.

    Attributes:
        fruitless: How many of the last drives in a row have moved nothing.
    """

    began: datetime
    mark: QueueMark = field(default_factory=QueueMark)
    fruitless: int = 0


class QueueWorker(PrimalDispatcher):
    """Drives passengers that wait and did not fail yet; it pulls nothing and knows no schedule.

    What failed is tried again at the next drive that is due by its schedule, as ever: in a process that has one.

    Raises:
        ConfigError: At :meth:`start`, where only one process can work on the database.
    """

    def start(self) -> None:
        """Run until shutdown."""
        database = make_database(self.ticket.database_module, self.ticket.database_arguments)
        if not is_shared(database):
            reason = (
                "this database belongs to one process at a time, which a worker cannot help: workers need one on a "
                "server (PostgreSQL, MariaDB, MySQL or SQL Server)"
            )
            raise ConfigError([Problem(str(self.ticket.database_arguments.get("path", database)), "", reason)])
        super().start()

    def _use(self, database: AbstractDatabase) -> None:
        super()._use(database)
        self._turns = None  # those are for schedules
        self._places: dict[RouteKey, _Place] = {}

    def _due(self, clients: dict[str, KnownClient], now: datetime) -> list[RouteKey]:
        waiting = [key for known in clients.values() for key in self._waiting(known, now)]
        for key in waiting:
            self._clocks.setdefault(key, RouteClock(None, now))
        self._clocks = {key: clock for key, clock in self._clocks.items() if key[0] in clients or clock.running}
        return [key for key in waiting if not self._clocks[key].rests(now)]

    def _waiting(self, known: KnownClient, now: datetime) -> Iterator[RouteKey]:
        """Yield the routes of a client in whose queues something waits."""
        if known.loaded is None or not known.loaded.config.passengers:
            return
        routes = {route.name for route in known.loaded.config.passengers}
        for counts in self._opened.counts(known.client_id, now=now):
            if counts.waiting and counts.passenger_module in routes:
                yield known.client_id, counts.passenger_module

    def _share(self, key: RouteKey, now: datetime) -> Share:
        return Share(pulls=False, lease=self.ticket.lease, spare_since=AT_ONCE, mark=self._place(key, now).mark)

    def _place(self, key: RouteKey, now: datetime) -> _Place:
        place = self._places.setdefault(key, _Place(now))
        if not place.began <= now < place.began + self.ticket.lease:
            place.began, place.mark = now, QueueMark()
        return place

    def _on_drive_end(
        self,
        clock: RouteClock,
        key: RouteKey,
        done: "Future[DriveSummary]",
        before: datetime | None,
        expedited: bool,
    ) -> None:
        place = self._place(key, utc_now())
        if done.exception() is None and _has_moved(done.result()):
            place.fruitless = 0
        else:
            # Others were quicker, or what waits lies before the mark, or it cannot be driven: look less often.
            place.mark = QueueMark()
            clock.rest(utc_now(), min(SECOND * 2 ** min(place.fruitless, 10), self.ticket.lease))
            place.fruitless += 1
        super()._on_drive_end(clock, key, done, before, expedited)


def _has_moved(summary: DriveSummary) -> bool:
    return bool(summary.notified or summary.processed or summary.pushed or summary.failed or summary.is_cut_off)
