"""The dispatcher that Databus uses: a clock, a bounded pool of drives, and signals."""

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from datetime import datetime
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING

from databus.client.log import Log
from databus.daemon_threads import DaemonThreads
from databus.database.abstract_database import AbstractDatabase
from databus.database.hold import effective_hold
from databus.database.opening import owned_database
from databus.dispatcher.abstract_dispatcher import AbstractDispatcher, DispatcherTicket
from databus.dispatcher.abstract_web_server import AbstractWebServer, WebTicket
from databus.dispatcher.active_drive import ActiveDrive
from databus.dispatcher.activity import Activity, activity_of, trouble_of
from databus.dispatcher.client_directory import ClientDirectory, KnownClient
from databus.dispatcher.client_switch import is_client_off
from databus.dispatcher.driving import drive_route
from databus.dispatcher.route_clock import RouteClock
from databus.dispatcher.route_state import is_paused, note_first_seen, paused_routes, read_state, set_paused
from databus.dispatcher.schedule import Schedule
from databus.dispatcher.signals import handling
from databus.dispatcher.trouble import Trouble
from databus.dispatcher.turns import RouteKey, Turns, is_shared
from databus.driver.abstract_driver import GRACE, DriveSummary, Share
from databus.errors import DatabusError, StoreError
from databus.plugin import find_plugins_in, load_plugin
from databus.timestamps import utc_now

if TYPE_CHECKING:  # pydantic models: not needed to import a dispatcher
    from databus.client.config import RouteConfig

TICK = 1.0
"""Seconds between two looks at clock and configurations; what is asked for by call is done at once."""

PATIENCE = 2.0
"""Seconds that a tick waits for configurations whose plug-ins are being imported; longer ones count at a later tick."""

MARGIN = 10.0
"""Seconds beyond the grace of plug-ins until a drive that does not end is left behind."""

DRIVES_PER_CLIENT = 8
"""A client with many slow routes leaves room in the pool for the others."""

_logger = logging.getLogger("databus")


class PrimalDispatcher(AbstractDispatcher):
    """The default dispatcher.

    Args:
        ticket: What to start with; without one: json_db under ``data/json_db``.
    """

    def __init__(self, ticket: DispatcherTicket | None = None) -> None:
        super().__init__(ticket or DispatcherTicket())
        self._stop = threading.Event()
        self._signalled = False
        self._wake: SimpleQueue[None] = SimpleQueue()  # its put() is made for signal handlers, an event's set() is not
        self._lock = threading.Lock()
        self._clocks: dict[RouteKey, RouteClock] = {}
        self._asked: set[RouteKey] = set()
        self._drives: set[Future[DriveSummary]] = set()
        self._trouble = Trouble()
        self._database: AbstractDatabase | None = None
        self._turns: Turns | None = None
        self._web_server: AbstractWebServer | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Run until shutdown; plug-ins are found as the command line finds them."""
        find_plugins_in(self.ticket.data)
        arguments = self.ticket.database_arguments
        with (
            handling(self._on_signal),
            owned_database(self.ticket.database_module, arguments) as database,
            self._web_page(database),
        ):
            self.run(database)

    @contextmanager
    def _web_page(self, database: AbstractDatabase) -> Iterator[None]:
        ticket = self.ticket
        if not ticket.run_web_server:
            yield
            return
        server = load_plugin(ticket.web_module, AbstractWebServer)(
            WebTicket(
                database=database,
                host=ticket.web_server_host,
                port=ticket.web_server_port,
                alias=ticket.system_alias,
                largest_passenger=ticket.largest_passenger,
                expedite=self.expedite,
                activity=self.activity,
                external_config_files=ticket.external_config_files,
                trusted_proxies=ticket.web_trusted_proxies,
                host_names=ticket.web_host_names,
                shutdown=self.shutdown,
                drives=self.drives,
            )
        )
        _logger.info("web page: %s", server.listen())
        self._web_server = server
        try:
            yield
        finally:
            server.stop()

    def run(self, database: AbstractDatabase) -> None:
        """Do the work of :meth:`start` on a database that is open."""
        self._use(database)
        directory = ClientDirectory(database)
        threads = DaemonThreads("drive")
        _logger.info("%s runs; Ctrl-C ends it", self.ticket.system_alias)
        try:
            while not self._stop.is_set():
                self._tick_safely(directory, threads)
                self._serve_pages()  # after the first tick: loading them would hold up the first drives
                self._sleep()
        finally:
            self._stop.set()
            self._end()

    def _serve_pages(self) -> None:
        server, self._web_server = self._web_server, None
        if server is not None:
            server.serve()

    def _use(self, database: AbstractDatabase) -> None:
        self._database = database
        self._turns = Turns(database, lease=self.ticket.lease) if is_shared(database) else None

    def _tick_safely(self, directory: ClientDirectory, threads: Executor) -> None:
        try:
            self.tick(directory, threads, now=utc_now())
            self._trouble.is_over()
        except StoreError as error:  # a server that is away comes back: go on trying
            self._trouble.note(error, f"The database cannot be used now, trying until it can: {error}")
        except Exception as error:  # noqa: BLE001 - the border to all clients: one must not end the others
            self._trouble.note(error, f"Looking for what is due failed: {type(error).__name__}: {error}")

    def _sleep(self) -> None:
        with contextlib.suppress(Empty):
            self._wake.get(timeout=self._trouble.pause(TICK))
            while True:
                self._wake.get_nowait()

    def _end(self) -> None:
        if self._drives:
            _logger.info(
                "Ending; drives under way: %s. Waiting up to %.0f seconds, a second signal ends at once",
                len(self._drives),
                GRACE,
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
        # Not only _stop.is_set(): the second one may come while the first one is setting that.
        if self._signalled or self._stop.is_set():
            os._exit(128 + number)  # everything that matters is on disk at any moment
        self._signalled = True
        self.shutdown()

    # -- steering -----------------------------------------------------------------------------------------------------

    def expedite(self, client_id: str, passenger_module: str) -> None:
        """Drive a route now."""
        with self._lock:
            self._asked.add((client_id, passenger_module))
        self._wake.put(None)

    def activity(self, client_id: str, passenger_module: str) -> Activity:
        """Return what happens to a route in this process now."""
        key = (client_id, passenger_module)
        with self._lock:
            is_asked = key in self._asked
        return activity_of(self._clocks.get(key), is_asked=is_asked)

    def drives(self) -> list[ActiveDrive]:
        """Return what is driven now."""
        return [
            ActiveDrive(client_id=client_id, passenger_module=module, began=clock.last_began)
            for (client_id, module), clock in list(self._clocks.items())
            if clock.running
        ]

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
        if self._turns is not None:
            self._turns.renew(now=now)
        clients = directory.refresh(now=now, patience=PATIENCE)
        if is_paused(self._opened):
            return []
        due = self._due(clients, now)
        return [key for key in self._ready(due, now) if self._start_drive(clients[key[0]], key, threads, now)]

    def _ready(self, due: list[RouteKey], now: datetime) -> list[RouteKey]:
        """Leave out the routes that somebody lets rest, and the clients that are off or being exported."""
        clients = {client_id for client_id, _ in due}
        held = {client_id for client_id in clients if effective_hold(self._opened, client_id, now=now)}
        held |= {client_id for client_id in clients if is_client_off(self._opened, client_id)}
        paused = {(client_id, route) for client_id in clients for route in paused_routes(self._opened, client_id)}
        return [key for key in due if key[0] not in held and key not in paused]

    def _due(self, clients: dict[str, KnownClient], now: datetime) -> list[RouteKey]:
        due: list[tuple[datetime, RouteKey]] = []
        with self._lock:
            asked = self._asked.copy()
        routes = _routes(clients)
        for key, route in routes.items():
            clock = self._clock(key, route, now)
            clock.expedited = clock.expedited or key in asked
            schedule = Schedule.of(route)
            if clock.is_due(schedule, now) and not clock.rests(now):
                next_run = clock.next_run(schedule, now)
                due.append((now if next_run is None else min(next_run, now), key))
        with self._lock:
            self._asked -= asked  # only now: had the database failed above, they were still to be done
        self._clocks = {key: clock for key, clock in self._clocks.items() if key in routes or clock.running}
        return [key for _, key in sorted(due)]

    def _clock(self, key: RouteKey, route: "RouteConfig", now: datetime) -> RouteClock:
        if key not in self._clocks:
            state = read_state(self._opened, *key)
            if route.schedule and state.began is None and state.first_seen is None:
                note_first_seen(self._opened, *key, now=now)  # else what it misses while we are down would be missed
            self._clocks[key] = RouteClock(state.began, state.first_seen or now, noted=state.began)
        return self._clocks[key]

    def _start_drive(self, known: KnownClient, key: RouteKey, threads: Executor, now: datetime) -> bool:
        clock = self._clocks[key]
        active = [running for running, other in self._clocks.items() if other.running]
        of_client = sum(client_id == key[0] for client_id, _ in active)
        if clock.running or len(active) >= self.ticket.max_drives or of_client >= DRIVES_PER_CLIENT:
            return False
        if not self._is_my_turn(known, key, now):
            return False
        before, expedited = clock.last_began, clock.expedited
        future = threads.submit(self._drive, known, key, now)
        clock.begin(now)
        self._drives.add(future)
        future.add_done_callback(lambda done: self._on_drive_end(clock, key, done, before, expedited))
        return True

    def _is_my_turn(self, known: KnownClient, key: RouteKey, now: datetime) -> bool:
        """Whether no other process drives the route, or has driven it since it was last looked at."""
        if self._turns is None:
            return True
        clock = self._clocks[key]
        if not self._turns.take(key, now=now):
            clock.rest(now, self._turns.pause)
            return False
        clock.notice(read_state(self._opened, *key).began)
        if clock.is_due(Schedule.of(known.route(key[1])), now):
            return True
        self._turns.give_back(key, now=now)
        return False

    def _drive(self, known: KnownClient, key: RouteKey, now: datetime) -> DriveSummary:
        log = Log()
        try:
            return drive_route(
                self._opened,
                known,
                key[1],
                driver_module=self.ticket.driver_module,
                log=log,
                stop=self._stop,
                on_progress=self._clocks[key].follow,
                share=self._share(key, now),
                now=now,
            )
        finally:
            if self._turns is not None:
                self._turns.give_back(key, now=utc_now())
            self._tell_observer(known, key, log)

    def _share(self, key: RouteKey, now: datetime) -> Share:
        if self._turns is None:
            return Share(lease=self.ticket.lease)
        return Share(lease=self.ticket.lease, spare_since=now, waits_for_others=True)

    def _tell_observer(self, known: KnownClient, key: RouteKey, log: Log) -> None:
        try:
            client = known.client
            self.ticket.dispatcher_observer.drive_passenger_complete(client, client.get_client_passenger(key[1]), log)
        except (Exception, SystemExit):  # the border to foreign code
            _logger.exception("The dispatcher's observer failed")

    def _on_drive_end(
        self,
        clock: RouteClock,
        key: RouteKey,
        done: "Future[DriveSummary]",
        before: datetime | None,
        expedited: bool,
    ) -> None:
        if done.exception() is None and done.result().is_cut_off:
            clock.take_back(before, utc_now(), expedited=expedited)
        else:
            clock.cut_off = 0
        clock.end(trouble_of(done))
        self._drives.discard(done)
        self._wake.put(None)
        error = done.exception()
        if error is not None:
            _logger.error("The drive of %s, %s failed", *key, exc_info=error)
        else:
            _report(done.result())


def _routes(clients: dict[str, KnownClient]) -> dict[RouteKey, "RouteConfig"]:
    return {
        (known.client_id, route.name): route
        for known in clients.values()
        if known.loaded is not None
        for route in known.loaded.config.passengers
    }


def _report(summary: DriveSummary) -> None:
    if summary.is_cut_off and summary.error:
        _logger.warning(
            "%s %s: cut off after %s pushed, and repeated by itself: %s",
            summary.client,
            summary.passenger,
            summary.pushed,
            summary.error,
        )
        return
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
