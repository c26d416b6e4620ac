"""The dispatcher that Databus uses: a clock, a bounded pool of drives, and signals."""

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING

from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.opening import owned_database
from databus.dispatcher.abstract_dispatcher import AbstractDispatcher, DispatcherTicket
from databus.dispatcher.client_directory import ClientDirectory, KnownClient
from databus.dispatcher.drive_threads import DriveThreads
from databus.dispatcher.driving import drive_route
from databus.dispatcher.route_state import is_paused, read_state, set_paused
from databus.dispatcher.schedule import Schedule
from databus.driver.abstract_driver import GRACE, DriveSummary
from databus.errors import DatabusError, StoreError
from databus.timestamps import utc_now

if TYPE_CHECKING:  # pydantic models: not needed to import a dispatcher
    from databus.client.config import RouteConfig

TICK = 1.0
"""Seconds between two looks at clock and configurations; what is asked for by call is done at once."""

MARGIN = 10.0
"""Seconds beyond the grace of plug-ins until a drive that does not end is left behind."""

DRIVES_PER_CLIENT = 8
"""A client with many slow routes leaves room in the pool for the others."""

RouteKey = tuple[str, str]

_logger = logging.getLogger("databus")


@dataclass(slots=True)
class _RouteClock:
    """What the dispatcher knows of a route's drives."""

    last_began: datetime | None
    first_seen: datetime
    running: bool = False
    expedited: bool = False

    def next_run(self, schedule: Schedule, now: datetime) -> datetime | None:
        """Return when the route is due; what seems to be in the future, because the clock was set back, is now."""
        self.first_seen = min(self.first_seen, now)
        self.last_began = min(self.last_began, now) if self.last_began is not None else None
        return schedule.next_run(last_began=self.last_began, first_seen=self.first_seen, now=now)


class PrimalDispatcher(AbstractDispatcher):
    """The default dispatcher.

    Args:
        ticket: What to start with; without one: json_db under ``data/json_db``.
    """

    def __init__(self, ticket: DispatcherTicket | None = None) -> None:
        super().__init__(ticket or DispatcherTicket())
        self._stop = threading.Event()
        self._wake: SimpleQueue[None] = SimpleQueue()  # its put() is made for signal handlers, an event's set() is not
        self._lock = threading.Lock()
        self._clocks: dict[RouteKey, _RouteClock] = {}
        self._asked: set[RouteKey] = set()
        self._drives: set[Future[DriveSummary]] = set()
        self._trouble = ""
        self._database: AbstractDatabase | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Run until shutdown."""
        arguments = self.ticket.database_arguments
        with _signals(self._on_signal), owned_database(self.ticket.database_module, arguments) as database:
            self.run(database)

    def run(self, database: AbstractDatabase) -> None:
        """Do the work of :meth:`start` on a database that is open."""
        self._database = database
        directory = ClientDirectory(database)
        threads = DriveThreads()
        _logger.info("%s runs; Ctrl-C ends it", self.ticket.system_alias)
        try:
            while not self._stop.is_set():
                self._tick_safely(directory, threads)
                self._sleep()
        finally:
            self._stop.set()
            self._end()

    def _tick_safely(self, directory: ClientDirectory, threads: Executor) -> None:
        try:
            self.tick(directory, threads, now=utc_now())
            self._trouble = ""
        except StoreError as error:  # a server that is away comes back: go on trying
            self._complain(f"The database cannot be used now: {error}")
        except Exception as error:  # noqa: BLE001 - the border to all clients: one must not end the others
            self._complain(f"Looking for what is due failed: {type(error).__name__}: {error}")

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:  # once, not every second
            _logger.error("%s", trouble, exc_info=_logger.isEnabledFor(logging.DEBUG))
        self._trouble = trouble

    def _sleep(self) -> None:
        with contextlib.suppress(Empty):
            self._wake.get(timeout=TICK)
            while True:
                self._wake.get_nowait()

    def _end(self) -> None:
        if self._drives:
            _logger.info(
                "Ending %s drives: waiting up to %.0f seconds; a second signal ends at once", len(self._drives), GRACE
            )
        hanging = wait(self._drives.copy(), timeout=GRACE + MARGIN).not_done
        if hanging:
            _logger.error("%s drives do not end and are left behind", len(hanging))
        self._database = None
        _logger.info("%s has ended", self.ticket.system_alias)

    def shutdown(self) -> None:
        """End in order."""
        self._stop.set()
        self._wake.put(None)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # This interrupts the main thread anywhere: nothing here may wait for a lock that it may hold, nor log.
        if self._stop.is_set():
            os._exit(128 + number)  # everything that matters is on disk at any moment
        self.shutdown()

    # -- steering -----------------------------------------------------------------------------------------------------

    def expedite(self, client_id: str, passenger_module: str) -> None:
        """Drive a route now."""
        with self._lock:
            self._asked.add((client_id, passenger_module))
        self._wake.put(None)

    def pause(self) -> None:
        """Rest."""
        set_paused(self._opened, True, now=utc_now())

    def resume(self) -> None:
        """Go on."""
        set_paused(self._opened, False, now=utc_now())
        self._wake.put(None)

    @property
    def _opened(self) -> AbstractDatabase:
        if self._database is None:
            raise DatabusError("the dispatcher is not running: start it first")
        return self._database

    # -- ticking ------------------------------------------------------------------------------------------------------

    def tick(self, directory: ClientDirectory, threads: Executor, *, now: datetime) -> list[RouteKey]:
        """Read changed configurations and start every drive that is due; return what was started."""
        clients = directory.refresh(now=now)
        if is_paused(self._opened):
            return []
        return [key for key in self._due(clients, now) if self._start_drive(clients[key[0]], key, threads, now)]

    def _due(self, clients: dict[str, KnownClient], now: datetime) -> list[RouteKey]:
        due: list[tuple[datetime, RouteKey]] = []
        with self._lock:
            asked = self._asked.copy()
        routes = _routes(clients)
        for key, (route, known) in routes.items():
            clock = self._clock(key, known.first_seen)
            clock.expedited = clock.expedited or key in asked
            next_run = clock.next_run(Schedule.of(route), now)
            if clock.expedited or (next_run is not None and next_run <= now):
                due.append((now if next_run is None else min(next_run, now), key))
        with self._lock:
            self._asked -= asked  # only now: had the database failed above, they were still to be done
        self._clocks = {key: clock for key, clock in self._clocks.items() if key in routes or clock.running}
        return [key for _, key in sorted(due)]

    def _clock(self, key: RouteKey, first_seen: datetime) -> _RouteClock:
        if key not in self._clocks:
            self._clocks[key] = _RouteClock(read_state(self._opened, *key).began, first_seen)
        return self._clocks[key]

    def _start_drive(self, known: KnownClient, key: RouteKey, threads: Executor, now: datetime) -> bool:
        clock = self._clocks[key]
        active = [running for running, other in self._clocks.items() if other.running]
        of_client = sum(client_id == key[0] for client_id, _ in active)
        if clock.running or len(active) >= self.ticket.max_drives or of_client >= DRIVES_PER_CLIENT:
            return False
        future = threads.submit(self._drive, known, key)
        clock.running, clock.expedited, clock.last_began = True, False, now
        self._drives.add(future)
        future.add_done_callback(lambda done: self._on_drive_end(clock, key, done))
        return True

    def _drive(self, known: KnownClient, key: RouteKey) -> DriveSummary:
        log = Log()
        try:
            return drive_route(
                self._opened, known, key[1], driver_module=self.ticket.driver_module, log=log, stop=self._stop
            )
        finally:
            self._tell_observer(known, key, log)

    def _tell_observer(self, known: KnownClient, key: RouteKey, log: Log) -> None:
        try:
            client = known.client
            self.ticket.dispatcher_observer.drive_passenger_complete(client, client.get_client_passenger(key[1]), log)
        except (Exception, SystemExit):  # the border to foreign code
            _logger.exception("The dispatcher's observer failed")

    def _on_drive_end(self, clock: _RouteClock, key: RouteKey, done: "Future[DriveSummary]") -> None:
        clock.running = False
        self._drives.discard(done)
        self._wake.put(None)
        error = done.exception()
        if error is not None:
            _logger.error("The drive of %s, %s failed", *key, exc_info=error)
        else:
            _report(done.result())


def _routes(clients: dict[str, KnownClient]) -> dict[RouteKey, tuple["RouteConfig", KnownClient]]:
    return {
        (known.client_id, route.name): (route, known)
        for known in clients.values()
        if known.loaded is not None
        for route in known.loaded.config.passengers
    }


def _report(summary: DriveSummary) -> None:
    moved = summary.pulled or summary.pushed or summary.processed
    level = logging.INFO if moved else logging.DEBUG
    _logger.log(
        level if summary.is_clean else logging.WARNING,
        "%s %s: %s pulled, %s seated, %s pushed, %s failed, %s waiting (%.1f s)%s",
        summary.client,
        summary.passenger,
        summary.pulled,
        summary.seated,
        summary.pushed,
        summary.failed,
        summary.waiting,
        summary.seconds,
        f" {summary.error}" if summary.error else "",
    )


@contextmanager
def _signals(handler: "signal._HANDLER") -> Iterator[None]:
    """Handle SIGTERM and SIGINT; only the main thread may."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
