"""How far a drive is, shown on a terminal while it runs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # heavy: loaded when a command drives
    from databus.client.config import RouteConfig
    from databus.database.abstract_database import AbstractDatabase
    from databus.driver.abstract_driver import DriveSummary


@contextmanager
def progress_of(
    database: "AbstractDatabase", client_id: str, route: "RouteConfig"
) -> "Iterator[Callable[[DriveSummary], None]]":
    """Give a function that shows how far a drive is: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda summary: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    waiting = _waiting(database, client_id, route.name)
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(route.name, total=None)

        def on_progress(summary: "DriveSummary") -> None:
            total = waiting + summary.seated
            text = f"{route.name}: {summary.pulled} pulled, {summary.pushed} pushed, {summary.failed} failed"
            progress.update(task, description=text, total=total or None, completed=min(_done(summary, route), total))

        yield on_progress


def _waiting(database: "AbstractDatabase", client_id: str, passenger_module: str) -> int:
    from databus.timestamps import utc_now

    for counts in database.counts(client_id, now=utc_now()):
        if counts.passenger_module == passenger_module:
            return counts.waiting + counts.failed + counts.running
    return 0


def _done(summary: "DriveSummary", route: "RouteConfig") -> int:
    if route.pushers:
        return summary.pushed + summary.failed
    return (summary.processed if route.processors else summary.notified) + summary.failed
