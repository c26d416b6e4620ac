"""How time and memory of one drive grow with its passengers: each drive in a process of its own."""

from collections.abc import Iterator
from math import log
from statistics import linear_regression, median
from typing import Any

from bench.engines import SERVERS, measured
from bench.figures import Figure, at_most
from bench.sizes import Sizes
from bench.subject import in_own_process

SECTION = "Growth"


def measure(sizes: Sizes) -> Iterator[Figure]:
    for engine in measured():
        yield from _measure_engine(engine, sizes)


def _measure_engine(engine: str, sizes: Sizes) -> Iterator[Figure]:
    growth = sizes.growth_sqlite if engine == "sqlite" else sizes.growth_servers if engine in SERVERS else sizes.growth
    runs = {
        passengers: [in_own_process("drive", engine, passengers, folder=sizes.folder) for _ in range(repeats)]
        for passengers, repeats in growth.items()
    }
    for passengers, each_run in runs.items():
        seconds = tuple(each["seconds"] for each in each_run)
        yield Figure(section=SECTION, name=f"{engine}, {passengers:,} passengers", unit="s", values=seconds)
    first = sorted(runs)[len(runs) - 3]  # over two decades, in the full measurement
    counted = {passengers: each_run for passengers, each_run in runs.items() if passengers >= first}
    for what, unit, target in (("seconds", "", at_most(1.05)), ("cpu_seconds", " of CPU", None)):
        yield Figure(
            section=SECTION,
            name=f"{engine}, {first:,} to {max(counted):,}, exponent over N{unit}",
            unit="",
            values=(exponent({passengers: _median(each_run, what) for passengers, each_run in counted.items()}),),
            target=target,
        )
    if engine != "memory_db":  # which keeps everything in memory, because that is what it is
        yield _memory(engine, runs)


def _memory(engine: str, runs: dict[int, list[dict[str, Any]]]) -> Figure:
    few, many = sorted(runs)[0], sorted(runs)[2]
    return Figure(
        section="Memory",
        name=f"{engine}, {many:,} passengers in one drive more than {few:,}",
        unit="MiB",
        values=tuple(each["peak_mib"] - _median(runs[few], "peak_mib") for each in runs[many]),
        target=at_most(150),
    )


def _median(each_run: list[dict[str, Any]], what: str) -> float:
    middle: float = median(each[what] for each in each_run)
    return middle


def exponent(seconds: dict[int, float]) -> float:
    """Return k of seconds = c · N ** k, by least squares on logarithms."""
    slope = linear_regression([log(each) for each in seconds], [log(each) for each in seconds.values()]).slope
    return float(slope)
