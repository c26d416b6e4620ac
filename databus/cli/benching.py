"""Measuring an engine; the workload itself is ``databus.benchmark``."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from databus.benchmark.workload import run_workload
from databus.cli.output import Column, print_json, show
from databus.cli.reaching import opened
from databus.cli.where import JSON_DB, Given, Where, resolve


def measure(given: Given, passengers: int, *, as_json: bool) -> None:
    """Run the workload on an engine and print its figures."""
    with _place(given) as where, opened(where) as database:
        figures = run_workload(database, passengers).as_dict()
    if as_json:
        print_json(figures)
        return
    columns: list[Column[tuple[str, object]]] = [
        Column("figure", lambda figure: figure[0]),
        Column("value", lambda figure: str(figure[1])),
    ]
    show(list(figures.items()), columns, as_json=False, record=lambda figure: dict([figure]))


@contextmanager
def _place(given: Given) -> Iterator[Where]:
    """Give the named database; without one, a json_db on the same disk that is gone afterwards."""
    where = resolve(given)
    if given.names_database:
        yield where
        return
    parent = next(folder for folder in (where.data, *where.data.parents) if folder.is_dir())
    with tempfile.TemporaryDirectory(prefix=".databus-bench-", dir=parent) as folder:
        yield replace(where, module=JSON_DB, arguments={"path": str(Path(folder))})
