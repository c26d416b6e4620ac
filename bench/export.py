"""Exporting from each engine to each, beside the seating of the slower one."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.beside import complete_entry
from bench.engines import fresh, measured
from bench.figures import Figure, at_least, ratios
from bench.sizes import BATCH, Sizes
from databus.benchmark.workload import configure
from databus.database.abstract_database import AbstractDatabase
from databus.database.export.exporting import export_clients

SECTION = "Export"


def measure(sizes: Sizes) -> Iterator[Figure]:
    for source, target in _pairs():
        _run(source, target, sizes.folder, 50)  # so that imports and first uses do not count
        runs = [_run(source, target, sizes.folder, sizes.passengers) for _ in range(sizes.repeats)]
        exported, slower, repeated = (tuple(values) for values in zip(*runs, strict=True))
        name = f"{source} to {target}"
        yield Figure(section=SECTION, name=f"{name}, verified", unit="entries/s", values=exported)
        yield Figure(section=SECTION, name=f"{name}, once more, nothing new", unit="entries/s", values=repeated)
        yield Figure(
            section=SECTION,
            name=f"{name} / seating of the slower one",
            unit="×",
            values=ratios(exported, slower),
            target=at_least(0.6),
        )


def _pairs() -> list[tuple[str, str]]:
    """Return who is exported into whom: json_db into all others and back, and the fastest engine into itself.

    Exports into memory compare with nothing.
    """
    others = [engine for engine in measured() if engine not in ("memory_db", "json_db")]
    with_json = (pair for each in others for pair in (("json_db", each), (each, "json_db")))
    return [("json_db", "json_db"), *with_json, ("sqlite", "sqlite")]


def _run(source: str, target: str, folder: Path, entries: int) -> tuple[float, float, float]:
    """Return entries per second: exported, seated by the slower engine, and exported once more."""
    with fresh(source, folder) as here, fresh(target, folder) as there, fresh(target, folder) as other:
        slower = min(_seat(here, entries), _seat(other, entries))
        return _export(here, there, entries), slower, _export(here, there, entries)


def _seat(database: AbstractDatabase, entries: int) -> float:
    configure(database, 0)
    batches = [
        [complete_entry(number) for number in range(start, min(start + BATCH, entries))]
        for start in range(0, entries, BATCH)
    ]
    os.sync()  # what was written before is not this one's work
    began = time.perf_counter()
    for batch in batches:
        database.seat(batch)
    return entries / (time.perf_counter() - began)


def _export(source: AbstractDatabase, target: AbstractDatabase, entries: int) -> float:
    os.sync()
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        export_clients(source, target, manifest=Path(folder) / "manifest.json")
        return entries / (time.perf_counter() - began)
