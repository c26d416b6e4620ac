"""Workload W on each engine, beside the same writes without Databus."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import raw_writes
from bench.engines import MODULES, fresh
from bench.figures import Figure, at_least, ratios
from bench.sizes import Sizes
from databus.benchmark.workload import Measurement, run_workload

SECTION = "Workload W"

DATABUS_8_CPU = 42.0
"""CPU seconds of Databus 8 for 1,000 passengers of W on its json_db, 80 % of it looking up the caller of each log line.

Measured once, when Databus 9 was begun (issue 2): Databus 8 is not run here.
"""

RAW = "raw writes"


def measure(sizes: Sizes) -> Iterator[Figure]:
    for engine in MODULES:
        _run(engine, sizes.folder, 50)  # so that imports and first uses do not count
    runs: dict[str, list[Measurement]] = {name: [] for name in (*MODULES, RAW)}
    for _ in range(sizes.repeats):
        for name, measurements in runs.items():  # in turns, so that noise meets all of them
            os.sync()  # what the run before wrote and deleted is not this one's work
            measurements.append(_run(name, sizes.folder, sizes.passengers))
    speed = {name: tuple(each.per_second for each in measurements) for name, measurements in runs.items()}
    cpu = {name: tuple(each.cpu_per_1000 for each in measurements) for name, measurements in runs.items()}
    for name in runs:
        target = at_least(600) if name == "json_db" else None
        yield Figure(section=SECTION, name=name, unit="passengers/s", values=speed[name], target=target)
        yield Figure(section=SECTION, name=name, unit="CPU s per 1,000", values=cpu[name])
    yield Figure(
        section=SECTION,
        name="speed of json_db / raw writes",
        unit="×",
        values=ratios(speed["json_db"], speed[RAW]),
        target=at_least(0.5),
    )
    yield Figure(
        section=SECTION,
        name="CPU of Databus 8 / json_db",
        unit="×",
        values=tuple(DATABUS_8_CPU / each for each in cpu["json_db"]),
        target=at_least(50),
        note=f"Databus 8 took {DATABUS_8_CPU:g} CPU s per 1,000 when Databus 9 was begun; it is not run here",
    )


def _run(name: str, folder: Path, passengers: int) -> Measurement:
    if name == RAW:
        with TemporaryDirectory(prefix="databus-bench-", dir=folder) as place:
            return raw_writes.measure(Path(place), passengers)
    with fresh(name, folder) as database:
        return run_workload(database, passengers)
