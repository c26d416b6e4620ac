"""Where passengers that come one by one, on many threads, are seated together: one commit for all who wait."""

import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from databus.client.config import PluginConfig, RouteConfig
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Duplicate, Refused, Seated
from databus.driver.log_writer import LogWriter
from databus.errors import StoreError
from databus.operating.audit import Person
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.plugin import load_plugin
from databus.pqueue.abstract_queue import AbstractQueue, SeatResult
from databus.timestamps import utc_now

PULLER = "databus.puller.api"

SOURCE = "databus.web.api"

Result = Seated | Duplicate | Refused


@dataclass(eq=False, slots=True)
class Guest:
    """A passenger that wants a seat.

    Attributes:
        by: Who hands it over.
        secrets: What its route's log must not show.
        result: What became of it.
        error: What kept it from being seated.
    """

    client_id: str
    route: RouteConfig
    passenger: AbstractPassenger
    by: Person
    secrets: frozenset[str] = frozenset()
    result: Result | None = None
    error: Exception | None = None


class Desk:
    """Seats passengers of one route."""

    def __init__(self, database: AbstractDatabase) -> None:
        self._database = database
        self._coming = threading.Lock()
        self._working = threading.Lock()
        self._waiting: list[Guest] = []
        self._queue_tells = False

    def seat(self, guest: Guest) -> Result:
        """Seat a passenger, durably; whoever has come meanwhile is seated along with it.

        Raises:
            StoreError, PluginError: It may or may not be seated; seating it again is safe.
        """
        with self._coming:
            self._waiting.append(guest)
        with self._working:
            if guest.result is None and guest.error is None:
                self._seat_all()
        if guest.result is None:
            raise guest.error or StoreError("nothing became of this passenger: try again")
        return guest.result

    def _seat_all(self) -> None:
        with self._coming:
            guests, self._waiting = self._waiting, []
        groups: dict[int, list[Guest]] = defaultdict(list)
        for guest in guests:
            groups[id(guest.route)].append(guest)  # the configuration may have been saved between two of them
        for group in groups.values():
            try:
                self._seat_group(group)
            except Exception as error:  # noqa: BLE001 - the border to queue and database: each guest is told
                for guest in group:
                    guest.error = error

    def _seat_group(self, guests: Sequence[Guest]) -> None:
        first, log = guests[0], Log()
        for guest in guests:
            log.append_text(f"{guest.by.name} at {guest.by.through} hands over {guest.passenger.id_text}", SOURCE)
        queue = load_plugin(first.route.queue, AbstractQueue)(
            self._database, client_id=first.client_id, route=first.route, log=log, owner="the API"
        )
        puller = PluginConfig(module=PULLER, name=PULLER)
        writer = LogWriter(
            self._database,
            log,
            client_id=first.client_id,
            passenger_module=first.route.name,
            secrets=frozenset().union(*(guest.secrets for guest in guests)),
        )
        try:
            # A queue of the user's own may only count: then each is seated alone, which tells what became of it.
            for group in [guests] if self._queue_tells else [[guest] for guest in guests]:
                result = queue.seat([guest.passenger for guest in group], puller=puller, now=utc_now())
                self._queue_tells = len(result.results) == len(group)
                for guest, own in zip(group, result.results or [_counted(result, group[0].passenger)], strict=True):
                    guest.result = own
        finally:
            writer.flush()


def _counted(result: SeatResult, passenger: AbstractPassenger) -> Result:
    """Return what became of the only passenger that was seated."""
    if result.refused:
        return Refused(internal_id="", reason="The route's queue refused it; its log says why.")
    if result.duplicates:
        return Duplicate(internal_id="")
    return Seated(internal_id=str(passenger.internal_id))


class Desks:
    """The desks of all routes."""

    def __init__(self, database: AbstractDatabase) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._desks: dict[tuple[str, str], Desk] = {}

    def of(self, client_id: str, route: str) -> Desk:
        """Return the desk of a route."""
        with self._lock:
            return self._desks.setdefault((client_id, route), Desk(self._database))
