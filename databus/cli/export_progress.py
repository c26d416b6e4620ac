"""How far an export is: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from databus.cli.failing import note, printable
from databus.database.export.progress import Progress

OFTEN = 5.0
"""Seconds between two plain lines about one thing."""

Tell = Callable[[Progress], None]


@contextmanager
def progress_shown() -> Iterator[Tell]:
    """Give a function that shows how far an export is, on standard error."""
    if not sys.stderr.isatty():
        yield _Lines().tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("export", total=None)
        yield lambda progress: bar.update(
            task, description=_text(progress), completed=progress.done, total=progress.total or None
        )


class _Lines:
    """One line when something new is begun, and then one now and then."""

    def __init__(self) -> None:
        self._last = ("", "")
        self._next = 0.0

    def tell(self, progress: Progress) -> None:
        this = (progress.client_id, progress.what)
        if this != self._last or time.monotonic() >= self._next:
            self._last, self._next = this, time.monotonic() + OFTEN
            note(_text(progress))


def _text(progress: Progress) -> str:
    if not progress.done:
        return printable(f"{progress.client_id}: {progress.what}")
    of = f" of {progress.total}" if progress.total else ""
    return printable(f"{progress.client_id}: {progress.what}: {progress.done}{of}")
