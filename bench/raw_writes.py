"""The writes that json_db makes for workload W, without Databus: the same folders and files, and the same syncs.

For each batch of 256 passengers json_db makes a folder with attachment and passenger.json for each, waits once for the
whole file system, and moves the folders into the queue. For each of the four steps it appends the new passenger.json of
all 256 to its index in one durable write; then it puts the last one in the place of the old. Every fourth time it waits
for the file system again. The log gets a line for each passenger.
"""

import ctypes
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson

from bench.sizes import BATCH
from databus.benchmark.workload import PASSENGER, Measurement, peak_mib
from databus.passenger.ordered_ids import time_ordered_number

BATCHES_PER_SYNC = 4
LINES_PER_FLUSH = 1000
NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
STEPS = (
    ("notify_statuses", 0),
    ("processor_statuses", 0),
    ("processor_statuses", 1),
    ("pusher_statuses", 0),
)

Passenger = dict[str, Any]


def measure(folder: Path, passengers: int) -> Measurement:
    """Write what workload W of so many passengers writes, into an empty folder."""
    began, cpu_began = time.perf_counter(), time.process_time()
    writes = _Writes(folder)
    writes.run(passengers)
    writes.close()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    return Measurement(passengers, seconds, cpu_seconds, peak_mib())


class _Writes:
    def __init__(self, folder: Path) -> None:
        self._queue, self._seating = f"{folder}/pqueue", f"{folder}/seating"
        os.mkdir(self._queue)
        os.mkdir(self._seating)
        self._root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._queue_fd = os.open(self._queue, os.O_RDONLY | os.O_DIRECTORY)
        self._journal = os.open(f"{folder}/journal", NEW | os.O_APPEND)
        self._log = os.open(f"{folder}/log.json", NEW | os.O_APPEND)
        self._syncfs = ctypes.CDLL(None, use_errno=True).syncfs
        self._lines: list[bytes] = []

    def run(self, passengers: int) -> None:
        batches = [self._seat(batch) for batch in _batches(passengers)]
        for number, batch in enumerate(batches, 1):
            self._work(batch)
            if number % BATCHES_PER_SYNC == 0:
                self._syncfs(self._root)
        self._flush_log()
        self._syncfs(self._root)

    def close(self) -> None:
        for fd in (self._root, self._queue_fd, self._journal, self._log):
            os.close(fd)

    def _seat(self, batch: list[int]) -> list[Passenger]:
        seated = []
        for number in batch:
            passenger = _passenger(number)
            path = f"{self._seating}/{passenger['internal_id']}"
            os.mkdir(path)
            os.mkdir(f"{path}/attachments")
            _write(f"{path}/attachments/document.txt", b"x" * 1024)
            _write(f"{path}/passenger.json", orjson.dumps(passenger, option=orjson.OPT_INDENT_2))
            seated.append(passenger)
        self._syncfs(self._root)
        for passenger in seated:
            name = passenger["internal_id"]
            os.rename(f"{self._seating}/{name}", f"{self._queue}/{name}")
            self._say(f"Seated workload - {passenger['external_id']} ({name})")
        os.fsync(self._queue_fd)
        return seated

    def _work(self, batch: list[Passenger]) -> None:
        contents: list[bytes] = []
        for kind, place in STEPS:
            contents = [_stepped(passenger, kind, place) for passenger in batch]
            _write_all(self._journal, b"".join(contents))
            os.fdatasync(self._journal)
        for passenger, content in zip(batch, contents, strict=True):
            path = f"{self._queue}/{passenger['internal_id']}"
            _write(f"{path}/.new", content)
            os.rename(f"{path}/.new", f"{path}/passenger.json")

    def _say(self, message: str) -> None:
        line = {"timestamp": datetime.now(UTC), "type": "info", "source": __name__, "message": message}
        self._lines.append(orjson.dumps(line))
        if len(self._lines) >= LINES_PER_FLUSH:
            self._flush_log()

    def _flush_log(self) -> None:
        _write_all(self._log, b",\n".join(self._lines))
        os.fsync(self._log)
        self._lines.clear()


def _batches(passengers: int) -> Iterator[list[int]]:
    for start in range(0, passengers, BATCH):
        yield list(range(start, min(start + BATCH, passengers)))


def _passenger(number: int) -> Passenger:
    return {
        "external_id": str(number),
        "internal_id": str(UUID(int=time_ordered_number(time.time_ns()))),
        "source_system": "workload",
        "passenger_module": PASSENGER,
        "puller_module": "databus.benchmark.puller",
        "puller_notified": False,
        "pull_datetime": datetime.now(UTC),
        "attachments": [{"name": "document.txt", "format": "text", "size": 1024}],
        "log_guids": [str(uuid4())],
        "processor_statuses": [
            {"processor_module": f"databus.benchmark.processor_{each}", "status": "incomplete"} for each in (1, 2)
        ],
        "pusher_statuses": [{"pusher_module": "databus.benchmark.pusher", "status": "incomplete"}],
        "notify_statuses": [
            {"puller_module": "databus.benchmark.puller", "status": "incomplete", "name": "notify"},
        ],
        "puller_name": "databus.benchmark.puller",
        "sequence": number,
    }


def _stepped(passenger: Passenger, kind: str, place: int) -> bytes:
    passenger[kind][place].update(status="complete", attempts=1, changed_on=datetime.now(UTC))
    passenger["puller_notified"] = True
    if kind == STEPS[-1][0]:
        passenger["completed_on"] = datetime.now(UTC)
    return orjson.dumps(passenger, option=orjson.OPT_INDENT_2)


def _write(path: str, content: bytes) -> None:
    fd = os.open(path, NEW, 0o644)
    try:
        _write_all(fd, content)
    finally:
        os.close(fd)


def _write_all(fd: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(fd, left) :]
