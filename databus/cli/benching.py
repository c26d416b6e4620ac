"""Measuring an engine; the workload itself is ``databus.benchmark``."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from databus.benchmark.workload import CLIENT, Measurement, run_workload
from databus.cli.output import Column, print_json, show
from databus.cli.reaching import opened
from databus.cli.where import Given, Where, resolve
from databus.database.engines import JSON_DB
from databus.errors import DatabusError
from databus.timestamps import utc_now

if TYPE_CHECKING:  # heavy: loaded when a command opens a database
    from databus.database.abstract_database import AbstractDatabase


def measure(given: Given, passengers: int, *, as_json: bool) -> None:
    """Run the workload on an engine and print its figures.

    Raises:
        DatabusError: The database has a client of the workload's name already.
    """
    with (
        _place(resolve(given)) as where,
        opened(where, may_be_new=_is_server(where)) as database,
        _client_of_its_own(database),
    ):
        measurement = run_workload(database, passengers)
    if as_json:
        print_json({"database_module": where.module, **measurement.as_dict()})
        return
    show(_figures(where, measurement), _COLUMNS, as_json=False, record=lambda figure: dict([figure]))


def _is_server(where: Where) -> bool:
    """Whether the engine is measured in a database that Databus need not have used yet."""
    return where.json_folder is None and where.sqlite_file is None


_COLUMNS: list[Column[tuple[str, str | int]]] = [
    Column("figure", lambda figure: figure[0]),
    Column("value", lambda figure: figure[1]),
]


def _figures(where: Where, measurement: Measurement) -> list[tuple[str, str | int]]:
    return [
        ("engine", where.module),
        ("passengers", measurement.passengers),
        ("passengers per second", f"{measurement.per_second:,.0f}"),
        ("CPU seconds per 1,000", f"{measurement.cpu_per_1000:.2f}"),
        ("seconds", f"{measurement.seconds:.2f}"),
        ("CPU seconds", f"{measurement.cpu_seconds:.2f}"),
        ("most memory in MiB", f"{measurement.peak_mib:.0f}"),
    ]


@contextmanager
def _place(where: Where) -> Iterator[Where]:
    """Give where to measure: instead of a json_db, a folder on the same disk that is gone afterwards."""
    if where.module != JSON_DB:
        yield where
        return
    named = where.json_folder or where.data
    parent = next(folder for folder in (named, *named.parents) if folder.is_dir())
    if parent == named:
        parent = named.parent  # nothing of ours in a database's own folder, which belongs to its owner
    with tempfile.TemporaryDirectory(prefix=".databus-bench-", dir=parent) as folder:
        yield replace(where, arguments={**where.arguments, "path": str(Path(folder))})


@contextmanager
def _client_of_its_own(database: "AbstractDatabase") -> Iterator[None]:
    """Let the workload have its client, which is gone afterwards."""
    if CLIENT in database.clients():
        raise DatabusError(
            f"there is a client {CLIENT}, left by a measurement that was ended: `databus client remove {CLIENT}`"
        )
    try:
        yield
    finally:
        database.delete_client(CLIENT, now=utc_now())
