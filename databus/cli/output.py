"""Printing: tables on a terminal, plain lines in a pipe, JSON lines where they are asked for."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from databus.cli.failing import WrongUsage, printable
from databus.timestamps import local_text, utc_text

if TYPE_CHECKING:  # heavy: loaded when a table is printed
    from rich.console import Console
    from rich.table import Table

T = TypeVar("T")

Value = str | int | float | bool | datetime | None

PAGE = 50
"""Rows of one table: how many a person gets who did not say how many."""

GAP = 2
"""Blanks between two columns of a table."""


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column.

    Attributes:
        title: On a terminal.
        value: What it shows of an item.
        brief: On a terminal, where room is short: what is left of the value.
        optional: On a terminal it is left out where it would be empty or 0 in every row.
    """

    title: str
    value: Callable[[T], Value]
    brief: Callable[[str], str] = str
    optional: bool = False


def last_part(name: str) -> str:
    """Return the end of a module's name, since the rest of it rarely tells more; any other text as it is."""
    return name.rpartition(".")[2] if name.replace(".", "").isidentifier() else name


def beginning(identifier: str) -> str:
    """Return as much of an id as people need: commands take the beginning of one.

    UUIDs of version 7 begin with the time, to a quarter of a microsecond: that tells them apart.
    """
    return identifier[:18] if identifier[14:15] == "7" else identifier[:8]


def on_terminal() -> bool:
    """Whether a person reads the output as it comes."""
    return sys.stdout.isatty()


def show(
    items: Iterable[T], columns: Sequence[Column[T]], *, as_json: bool, record: Callable[[T], Mapping[str, Any]]
) -> int:
    """Print items as they come; return how many there were."""
    if as_json:
        return sum(1 for _ in _side_effects(lambda item: print_json(record(item)), items))
    if on_terminal():
        return _show_tables(iter(items), columns)
    return sum(1 for _ in _side_effects(lambda item: print_line(column.value(item) for column in columns), items))


def _side_effects(action: Callable[[T], None], items: Iterable[T]) -> Iterator[None]:
    for item in items:
        action(item)
        yield


def print_json(record: Mapping[str, Any]) -> None:
    """Print an object on one line. Whatever UTF-8 cannot hold is escaped."""
    line = json.dumps(record, ensure_ascii=False, default=_json_value)
    try:
        line.encode()
    except UnicodeEncodeError:
        line = json.dumps(record, default=_json_value)
    print(line)


def _json_value(value: object) -> str:
    return utc_text(value) if isinstance(value, datetime) else str(value)


def print_line(values: Iterable[Value]) -> None:
    """Print values with tabs between them; what would break the line is escaped."""
    print("\t".join(printable(_text(value, utc_text)) for value in values))


def _text(value: Value, time_text: Callable[[datetime], str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return time_text(value) if isinstance(value, datetime) else str(value)


def _show_tables(items: Iterator[T], columns: Sequence[Column[T]]) -> int:
    from rich.console import Console

    console = Console(highlight=False)
    count = 0
    for first in items:
        rows = list(chain([first], islice(items, PAGE - 1)))
        _print_rows(console, rows, columns)
        count += len(rows)
    return count


@dataclass(frozen=True, slots=True)
class _Cells:
    """A column as it is shown."""

    title: str
    texts: Sequence[str]
    is_number: bool

    @property
    def least_width(self) -> int:
        """The characters that it needs: texts may be folded, numbers and titles not."""
        texts = self.texts if self.is_number else ()
        return max(map(len, (self.title, *texts)))


def _cells(items: Sequence[T], column: Column[T]) -> _Cells | None:
    values = [column.value(item) for item in items]
    if column.optional and not any(values):
        return None
    texts = [printable(column.brief(_text(value, local_text))) for value in values]
    return _Cells(column.title, texts, is_number=all(isinstance(value, (int, float)) for value in values))


def _print_rows(console: "Console", items: Sequence[T], columns: Sequence[Column[T]]) -> None:
    """Print a table; where it is too wide for the terminal, one line per value."""
    shown = [cells for column in columns if (cells := _cells(items, column))]
    if sum(cells.least_width for cells in shown) + GAP * (len(shown) - 1) <= console.width:
        console.print(_table(shown, len(items)))
        return
    width = max(len(cells.title) for cells in shown)
    for index in range(len(items)):
        if index:
            print()
        for cells in shown:
            print(f"{cells.title:{width}}  {cells.texts[index]}")


def _table(shown: Sequence[_Cells], rows: int) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
    for cells in shown:
        if cells.is_number:
            table.add_column(cells.title, no_wrap=True, justify="right")
        else:
            table.add_column(cells.title, overflow="fold")
    for index in range(rows):
        table.add_row(*(Text(cells.texts[index]) for cells in shown))
    return table


def say(sentence: str) -> None:
    """Print what a command did."""
    print(printable(sentence))


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask a person, unless ``--yes`` was said.

    Raises:
        WrongUsage: There is nobody to ask.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise WrongUsage("nobody can be asked here: say --yes")
    print(f"{printable(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def aside() -> AbstractContextManager[object]:
    """Return a context in which plug-ins print to stderr: stdout is for what the command gives."""
    return redirect_stdout(sys.stderr)


def made_aside(items: Iterable[T]) -> Iterator[T]:
    """Give items whose making calls plug-ins; only while they are made stdout is stderr."""
    iterator = iter(items)
    while True:
        with aside():
            made = list(islice(iterator, 1))
        if not made:
            return
        yield made[0]


def be_tolerant() -> None:
    """Let text that the terminal's encoding cannot show come out as escapes instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
