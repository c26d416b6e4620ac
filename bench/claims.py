"""How many entries per second one, two and four processes claim from one queue on a server."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bench.beside import complete_entry
from bench.engines import place, sql_engines
from bench.figures import Figure
from bench.sizes import BATCH, Sizes
from databus.benchmark.workload import CLIENT, PASSENGER
from databus.database.opening import owned_database
from databus.database.records import NewEntry, Route
from databus.timestamps import utc_now

SECTION = "Claims"
PROCESSES = (1, 2, 4)
WINDOW = 256
PATIENCE = 120.0
"""Seconds that processes may take."""


def measure(sizes: Sizes) -> Iterator[Figure]:
    for engine in sql_engines():
        for processes in PROCESSES if engine != "sqlite" else (1,):  # a file belongs to one process
            with place(engine, sizes.folder) as (module, arguments):
                _fill(module, arguments, sizes.claims)
                speed = _claimed_by(processes, module, arguments, sizes.claims)
            name = f"{engine}, {processes} process{'es' if processes > 1 else ''}"
            yield Figure(section=SECTION, name=name, unit="claims/s", values=(speed,))


def _fill(module: str, arguments: dict[str, Any], entries: int) -> None:
    with owned_database(module, arguments, serve=False) as database:
        for start in range(0, entries, BATCH):
            numbers = range(start, min(start + BATCH, entries))
            database.seat([_due(number) for number in numbers])


def _due(number: int) -> NewEntry:
    return complete_entry(number, is_complete=False)


def _claimed_by(processes: int, module: str, arguments: dict[str, Any], entries: int) -> float:
    """Let processes claim everything; return entries per second from the first claim to the last."""
    command = [sys.executable, "-m", "bench.claims", module, json.dumps(arguments)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()  # it is ready
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [json.loads(process.communicate(timeout=PATIENCE)[0]) for process in running]
    claimed = [each["claimed"] for each in answers]
    if sum(claimed) != entries:
        raise RuntimeError(f"{sum(claimed)} claims of {entries} entries: {claimed}")
    seconds: float = max(each["ended"] for each in answers) - min(each["began"] for each in answers)
    return entries / seconds


def _claim_all(module: str, arguments: dict[str, Any]) -> None:
    """Claim until nothing is left, once somebody says go."""
    route = Route(client_id=CLIENT, passenger_module=PASSENGER)
    with owned_database(module, arguments, serve=False) as database:
        print("ready", flush=True)
        sys.stdin.readline()
        claimed, began, ended = 0, time.monotonic(), 0.0
        while claims := database.claim(
            route, after=0, limit=WINDOW, owner="bench", lease=timedelta(minutes=5), now=utc_now()
        ):
            claimed += len(claims)
            ended = time.monotonic()
    print(json.dumps({"claimed": claimed, "began": began, "ended": ended or began}))


if __name__ == "__main__":
    _claim_all(sys.argv[1], json.loads(sys.argv[2]))
