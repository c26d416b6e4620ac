"""Routes made of small plug-ins that a test writes as functions."""

import itertools
import json
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from databus.client.log import Log
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import Entry, LogLine, QueueQuery
from databus.dispatcher.client_directory import ClientDirectory, KnownClient
from databus.dispatcher.driving import drive_route
from databus.driver.abstract_driver import DriveSummary
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment
from databus.processor.abstract_processor import AbstractProcessor
from databus.puller.abstract_puller import AbstractPuller
from databus.pusher.abstract_pusher import AbstractPusher
from databus.timestamps import utc_now

_numbers = itertools.count()


class RouteBuilder:
    """A client with one route, on memory_db, whose plug-ins are a test's functions."""

    def __init__(self) -> None:
        self.prefix = f"made{next(_numbers)}"
        self.database = MemoryDatabase({})
        self.database.open()
        self.made: list[str] = []
        self.told: list[list[str]] = []
        self.pushed: list[str] = []
        self.config: dict[str, Any] = {"queue_life_span": 1}
        self.passenger_class = self._passenger()
        self.passenger = self._register("passenger", self.passenger_class)

    # -- plug-ins -----------------------------------------------------------------------------------------------------

    def new(self, external_id: Any, *attachments: Attachment, source: str = "src") -> AbstractPassenger:
        return self.passenger_class(
            external_id=external_id,
            source_system=source,
            puller_module=f"{self.prefix}.puller",
            attachments=list(attachments),
        )

    def puller(self, pull: Callable[[], Any], notify: Callable[[list[Any]], Any] | None = None) -> str:
        told = self.told

        class Puller(AbstractPuller):
            def pull(self) -> Any:
                return pull()

            def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> Any:
                told.append([str(passenger.external_id) for passenger in seated_passengers])
                return notify(seated_passengers) if notify else None

        return self._register("puller", Puller)

    def pulls(self, *external_ids: str) -> str:
        return self.puller(lambda: [self.new(external_id) for external_id in external_ids])

    def processor(self, name: str, process: Callable[[Any], Any], batch: int = 1) -> str:
        class Processor(AbstractProcessor):
            batch_size = batch

            def process(self, passengers: list[Any]) -> Any:
                return process(passengers if batch > 1 else passengers[0])

        return self._register(name, Processor)

    def pusher(self, name: str = "pusher", push: Callable[[Any], Any] | None = None) -> str:
        pushed = self.pushed

        class Pusher(AbstractPusher):
            def push(self, passenger: Any) -> Any:
                result = push(passenger) if push else None
                pushed.append(str(passenger.passenger.external_id))
                return result

        return self._register(name, Pusher)

    def _passenger(self) -> type[AbstractPassenger]:
        class Passenger(AbstractPassenger):
            pass

        return Passenger

    def _register(self, name: str, cls: type) -> str:
        module = types.ModuleType(f"{self.prefix}.{name}")
        cls.__module__ = module.__name__
        cls.__qualname__ = cls.__name__
        setattr(module, cls.__name__, cls)
        sys.modules[module.__name__] = module
        self.made.append(module.__name__)
        return module.__name__

    # -- driving ------------------------------------------------------------------------------------------------------

    def known(self, pullers: Sequence[Any], processors: Sequence[Any], pushers: Sequence[Any]) -> KnownClient:
        route = {
            "name": self.passenger,
            "pullers": list(pullers),
            "processors": list(processors),
            "pushers": list(pushers),
            **self.config,
        }
        content = json.dumps({"passengers": [route]}).encode()
        self.database.write_document("acme", "config.json", content, expected=None, by="", now=utc_now())
        directory = ClientDirectory(self.database, {"SECRET": "swordfish"})
        directory.refresh(now=utc_now())
        known = directory.get("acme")
        assert known.problems == []
        return known

    def drive(
        self,
        *,
        pullers: Sequence[Any] = (),
        processors: Sequence[Any] = (),
        pushers: Sequence[Any] = (),
        stop: threading.Event | None = None,
        grace: float = 5,
        log: Log | None = None,
    ) -> DriveSummary:
        known = self.known(pullers, processors, pushers)
        return drive_route(self.database, known, self.passenger, stop=stop, grace=grace, log=log)

    # -- looking ------------------------------------------------------------------------------------------------------

    def entries(self) -> dict[str, Entry]:
        page = self.database.find(QueueQuery(client_id="acme", limit=1000), now=utc_now())
        return {entry.external_id: entry for entry in page.items}

    def log_lines(self, summary: DriveSummary) -> list[LogLine]:
        return self.database.read_log("acme", summary.log)[1]

    def log_text(self, summary: DriveSummary) -> str:
        return "\n".join(line.message for line in self.log_lines(summary))


@pytest.fixture
def route() -> Iterator[RouteBuilder]:
    builder = RouteBuilder()
    yield builder
    builder.database.close()
    for name in builder.made:
        sys.modules.pop(name, None)
