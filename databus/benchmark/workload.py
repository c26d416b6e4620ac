"""Running workload W on a database."""

import json
import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG
from databus.dispatcher.client_directory import ClientDirectory, KnownClient
from databus.dispatcher.driving import drive_route
from databus.driver.abstract_driver import DriveSummary
from databus.errors import DatabusError
from databus.timestamps import utc_now

CLIENT = "databus-bench"
PASSENGER = "databus.benchmark.passenger"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a run took.

    Attributes:
        seconds, cpu_seconds: Of the wall clock, and of this process's processors.
        peak_mib: The most memory that this process has ever held, in MiB.
    """

    passengers: int
    seconds: float
    cpu_seconds: float
    peak_mib: float

    @property
    def per_second(self) -> float:
        """Passengers per second, end to end."""
        return self.passengers / self.seconds

    @property
    def cpu_per_1000(self) -> float:
        """CPU seconds per 1,000 passengers."""
        return self.cpu_seconds / self.passengers * 1000 if self.passengers else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {**asdict(self), "per_second": self.per_second, "cpu_per_1000": self.cpu_per_1000}


def run_workload(
    database: AbstractDatabase, passengers: int, *, first: int = 0, attachment_bytes: int = 1024
) -> Measurement:
    """Drive so many new passengers through an open database, from pull to push, in a client of its own.

    Raises:
        DatabusError: Not every passenger arrived.
    """
    known = configure(database, passengers, first=first, attachment_bytes=attachment_bytes)
    began, cpu_began = time.perf_counter(), time.process_time()
    summary = drive_route(database, known, PASSENGER)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    _check(summary, passengers)
    return Measurement(passengers, seconds, cpu_seconds, peak_mib())


def configure(
    database: AbstractDatabase, passengers: int, *, first: int = 0, attachment_bytes: int = 1024
) -> KnownClient:
    """Lay out the client whose source gives these passengers."""
    settings = {"passengers": passengers, "first": first, "attachment_bytes": attachment_bytes}
    route = {
        "name": PASSENGER,
        "pullers": [{"module": "databus.benchmark.puller", "settings": settings}],
        "processors": ["databus.benchmark.processor_1", "databus.benchmark.processor_2"],
        "pushers": ["databus.benchmark.pusher"],
        "queue_life_span": 365,
    }
    write_config(database, CLIENT, {"passengers": [route]})
    directory = ClientDirectory(database, {})
    directory.refresh(now=utc_now())
    return directory.get(CLIENT)


def write_config(database: AbstractDatabase, client_id: str, config: dict[str, Any]) -> None:
    """Store a client's configuration, whatever is there."""
    content = json.dumps(config).encode()
    database.write_document(client_id, CONFIG, content, expected=None, by="", now=utc_now(), backup=False)


def peak_mib() -> float:
    """Return the most memory that this process has held so far."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError):  # no Linux; there, ru_maxrss begins with what the process had that started this one
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _check(summary: DriveSummary, passengers: int) -> None:
    if summary.pushed != passengers or not summary.is_clean:
        raise DatabusError(f"the measurement is void, not every passenger arrived: {summary}")
