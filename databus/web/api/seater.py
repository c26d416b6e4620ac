"""Where passengers that come one by one are seated together: one commit for all who wait."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from databus.client.config import PluginConfig, RouteConfig
from databus.client.config_loader import LoadedConfig
from databus.client.log import Log
from databus.database.hold import effective_hold
from databus.database.records import Duplicate, Refused, Seated
from databus.driver.log_writer import LogWriter
from databus.errors import PluginError, StoreError
from databus.operating.audit import Person
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.plugin import load_plugin
from databus.pqueue.abstract_queue import AbstractQueue, SeatResult
from databus.web.api.problems import RETRY_SOON, Trouble, places
from databus.web.api.uploads import Upload
from databus.web.overview import no_route
from databus.web.site import Site
from databus.web.together import Together

PULLER = "databus.puller.api"

SOURCE = "databus.web.api"

Result = Seated | Duplicate | Refused

GATHER = 0.01
"""Seconds in which passengers are gathered where several come at once: a transaction costs as much as ten of them."""


@dataclass(eq=False, slots=True)
class HandedOver:
    """Something that is handed over.

    Attributes:
        by: Who hands it over.
        result: What became of it; None where that is not known.
    """

    sent: Upload
    by: Person
    result: Result | None = None


class Seaters:
    """Seats passengers, those of one route together."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._seaters: dict[tuple[str, str], _Seater] = {}
        self._telling: set[str] = set()
        """Queues that say of each passenger what became of it."""

    async def seat(self, client_id: str, route: str, one: HandedOver) -> Result:
        """Seat a passenger, durably; whoever has come meanwhile is seated along with it.

        Raises:
            Trouble, NotFound: It cannot be seated there.
            StoreError, PluginError: It may or may not be seated; seating it again is safe.
        """
        with self._lock:
            seater = self._seaters.get((client_id, route)) or self._new(client_id, route)
            seater.asking += 1
        try:
            return await seater.together.ask(one)
        finally:
            with self._lock:
                seater.asking -= 1

    def __len__(self) -> int:
        """Return how many routes there is a seater for."""
        return len(self._seaters)

    def _new(self, client_id: str, route: str) -> "_Seater":
        # Routes come and go, and anybody can name one that is not there. One that gathers passengers is in use.
        self._seaters = {key: each for key, each in self._seaters.items() if each.asking or each.together.is_working}
        seater = self._seaters[client_id, route] = _Seater(self._site, client_id, route, self._telling)
        return seater


class _Seater:
    def __init__(self, site: Site, client_id: str, route: str, telling: set[str]) -> None:
        self.asking = 0
        self.together: Together[HandedOver, Result] = Together(self._seat, gather=GATHER)
        self._site = site
        self._client_id = client_id
        self._route = route
        self._telling = telling

    def _seat(self, handed: Sequence[HandedOver]) -> list[Result | Exception]:
        if effective_hold(self._site.database, self._client_id, now=self._site.clock()) is not None:
            raise Trouble(503, f"Client {self._client_id} is being moved to another database.", headers=RETRY_SOON)
        loaded, config = self._configured()
        error: Exception = StoreError("nothing became of this passenger: try again")
        try:
            self._seat_as(config, loaded.secrets, handed)
        except Exception as raised:  # noqa: BLE001 - the border to queue and database: each who hands over is told
            error = raised
        if self._site.expedite is not None and any(isinstance(each.result, Seated) for each in handed):
            self._site.expedite(self._client_id, self._route)
        return [each.result or error for each in handed]

    def _configured(self) -> tuple[LoadedConfig, RouteConfig]:
        loaded = self._site.configs.good(self._client_id)
        if loaded is None:
            errors = places(self._site.configs.of(self._client_id).problems)
            raise Trouble(503, f"The configuration of client {self._client_id} cannot be used.", errors=errors)
        config = loaded.config.route(self._route)
        if config is None:
            raise no_route(self._client_id, self._route)
        return loaded, config

    def _seat_as(self, config: RouteConfig, secrets: frozenset[str], handed: Sequence[HandedOver]) -> None:
        log = Log()
        passengers = [_passenger(config, one.sent) for one in handed]
        for one, passenger in zip(handed, passengers, strict=True):
            log.append_text(f"{one.by.shown_name} at {one.by.through} hands over {passenger.id_text}", SOURCE)
        database, client_id = self._site.database, self._client_id
        queue = load_plugin(config.queue, AbstractQueue)(
            database, client_id=client_id, route=config, log=log, owner="the API"
        )
        writer = LogWriter(database, log, client_id=client_id, passenger_module=config.name, secrets=secrets)
        try:
            self._seat_in(queue, config.queue, handed, passengers)
        finally:
            writer.flush()

    def _seat_in(
        self, queue: AbstractQueue, module: str, handed: Sequence[HandedOver], passengers: Sequence[AbstractPassenger]
    ) -> None:
        puller = PluginConfig(module=PULLER, name=PULLER)
        # A queue of the user's own may only count: then each is seated alone, which tells what became of it.
        size = len(handed) if module in self._telling else 1
        for start in range(0, len(handed), size):
            part = slice(start, start + size)
            result = queue.seat(passengers[part], puller=puller, now=self._site.clock())
            if len(result.results) == len(handed[part]):
                self._telling.add(module)
            results = result.results or [_counted(result, passengers[start])]
            for one, own in zip(handed[part], results, strict=True):
                one.result = own


def _passenger(config: RouteConfig, sent: Upload) -> AbstractPassenger:
    try:
        passenger = load_plugin(config.name, AbstractPassenger)()
    except PluginError as error:
        raise Trouble(503, str(error)) from error
    except Exception as error:  # the border to foreign code, which may raise anything
        raise Trouble(503, f"A {config.name} cannot be made: {type(error).__name__}: {error}") from error
    passenger.external_id = sent.fields.get("external_id", "")
    passenger.source_system = sent.fields.get("source_system", "")
    passenger.puller_module = PULLER
    passenger.attachments = sent.files
    return passenger


def _counted(result: SeatResult, passenger: AbstractPassenger) -> Result:
    """Return what became of the only passenger that was seated."""
    if result.refused:
        return Refused(internal_id="", reason="The route's queue refused it; its log says why.")
    if result.duplicates:
        return Duplicate(internal_id="")
    return Seated(internal_id=str(passenger.internal_id))
