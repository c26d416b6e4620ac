"""How time and memory of one drive grow with its passengers: each drive in a process of its own."""

from collections.abc import Iterator
from math import log
from statistics import linear_regression, median
from typing import Any

from bench.engines import MODULES
from bench.figures import Figure, at_most
from bench.sizes import Sizes
from bench.subject import in_own_process

SECTION = "Growth"


def measure(sizes: Sizes) -> Iterator[Figure]:
    for engine in MODULES:
        yield from _measure_engine(engine, sizes)


def _measure_engine(engine: str, sizes: Sizes) -> Iterator[Figure]:
    runs = {
        passengers: [in_own_process("drive", engine, passengers, folder=sizes.folder) for _ in range(repeats)]
        for passengers, repeats in sizes.growth.items()
    }
    for passengers, measured in runs.items():
        seconds = tuple(each["seconds"] for each in measured)
        yield Figure(section=SECTION, name=f"{engine}, {passengers:,} passengers", unit="s", values=seconds)
    yield Figure(
        section=SECTION,
        name=f"{engine}, exponent over N",
        unit="",
        values=(exponent({passengers: _median(measured, "seconds") for passengers, measured in runs.items()}),),
        target=at_most(1.05),
    )
    yield Figure(
        section=SECTION,
        name=f"{engine}, exponent over N of CPU",
        unit="",
        values=(exponent({passengers: _median(measured, "cpu_seconds") for passengers, measured in runs.items()}),),
    )
    if engine == "json_db":  # memory_db keeps everything in memory, because that is what it is
        yield _memory(runs)


def _memory(runs: dict[int, list[dict[str, Any]]]) -> Figure:
    few, many = min(runs), max(runs)
    return Figure(
        section="Memory",
        name=f"json_db, {many:,} passengers in one drive more than {few:,}",
        unit="MiB",
        values=tuple(each["peak_mib"] - _median(runs[few], "peak_mib") for each in runs[many]),
        target=at_most(150),
    )


def _median(measured: list[dict[str, Any]], what: str) -> float:
    middle: float = median(each[what] for each in measured)
    return middle


def exponent(seconds: dict[int, float]) -> float:
    """Return k of seconds = c · N ** k, by least squares on logarithms."""
    slope = linear_regression([log(each) for each in seconds], [log(each) for each in seconds.values()]).slope
    return float(slope)
