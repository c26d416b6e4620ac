"""Workload W on each engine, beside the same writes or statements without Databus."""

import os
from collections.abc import Iterator

from bench import raw_statements, raw_writes
from bench.engines import measured, new_folder, run_to_the_end
from bench.figures import Figure, at_least, at_most, ratios
from bench.sizes import Sizes
from databus.benchmark.workload import Measurement

SECTION = "Workload W"

PLAIN = ""

IN_SETS = "sets of rows"
"""The form of raw statements that is sql_db's own, and the cheapest; the plain ones have one row each."""

DATABUS_8_CPU = 42.0
"""CPU seconds of Databus 8 for 1,000 passengers of W on its json_db, 80 % of it looking up the caller of each log line.

Measured once, when Databus 9 was begun (issue 2): Databus 8 is not run here.
"""


def measure(sizes: Sizes) -> Iterator[Figure]:
    engines = measured()
    raw = {_raw_name(engine, form): (engine, form) for engine in engines for form in _forms(engine)}
    runs: dict[str, list[Measurement]] = {name: [] for name in (*engines, *raw)}
    for _ in range(sizes.repeats):
        for name, measurements in runs.items():  # in turns, so that noise meets all of them
            os.sync()  # what the run before wrote and deleted is not this one's work
            run = _run_raw(*raw[name], sizes) if name in raw else run_to_the_end(name, sizes.folder, sizes.passengers)
            measurements.append(run)
    speed = {name: tuple(each.per_second for each in measurements) for name, measurements in runs.items()}
    cpu = {name: tuple(each.cpu_per_1000 for each in measurements) for name, measurements in runs.items()}
    for name in runs:
        yield Figure(section=SECTION, name=name, unit="passengers/s", values=speed[name], target=SPEEDS.get(name))
        yield Figure(section=SECTION, name=name, unit="CPU s per 1,000", values=cpu[name], target=CPU.get(name))
    for name, (engine, form) in raw.items():
        yield Figure(
            section=SECTION,
            name=f"speed of {engine} / {name}",
            unit="×",
            values=ratios(speed[engine], speed[name]),
            target=None if form == IN_SETS else at_least(0.5),
        )
    yield Figure(
        section=SECTION,
        name="CPU of Databus 8 / json_db",
        unit="×",
        values=tuple(DATABUS_8_CPU / each for each in cpu["json_db"]),
        target=at_least(50),
        note=f"Databus 8 took {DATABUS_8_CPU:g} CPU s per 1,000 when Databus 9 was begun; it is not run here",
    )


SPEEDS = {"json_db": at_least(600), "sqlite": at_least(5500), "postgresql": at_least(4000)}
CPU = {"sqlite": at_most(0.25)}


def _forms(engine: str) -> list[str]:
    """Return in which forms an engine's writes are sent without Databus."""
    if engine == "memory_db":
        return []
    return [PLAIN] if engine == "json_db" else [PLAIN, IN_SETS]


def _raw_name(engine: str, form: str) -> str:
    return f"raw {engine}, {form}" if form else f"raw {engine}"


def _run_raw(engine: str, form: str, sizes: Sizes) -> Measurement:
    if engine == "json_db":
        return raw_writes.measure(new_folder(sizes.folder), sizes.passengers)
    return raw_statements.measure(engine, sizes.folder, sizes.passengers, row_by_row=form == PLAIN)
