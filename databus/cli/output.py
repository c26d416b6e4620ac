"""Printing: tables on a terminal, plain lines in a pipe, JSON lines where they are asked for."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from databus.cli.failing import WrongUsage
from databus.cli.moments import local_text, utc_text

T = TypeVar("T")

Value = str | int | float | bool | datetime | None

PAGE = 50
"""Rows of one table: how many a person gets who did not say how many."""


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
    """Return as much of an id as people need: commands take the beginning of one."""
    return identifier[:8]


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


def printable(text: str) -> str:
    """Return a text without control characters: they stand as escapes, so no name from outside steers a terminal."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


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
        console.print(_table(rows, columns))
        count += len(rows)
    return count


def _table(items: Sequence[T], columns: Sequence[Column[T]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    values = {column.title: [column.value(item) for item in items] for column in columns}
    shown = [column for column in columns if not column.optional or any(values[column.title])]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for column in shown:
        number = all(isinstance(value, (int, float)) for value in values[column.title])
        table.add_column(column.title, overflow="fold", justify="right" if number else "left")
    for index in range(len(items)):
        texts = (column.brief(_text(values[column.title][index], local_text)) for column in shown)
        table.add_row(*(Text(printable(text)) for text in texts))
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


def be_tolerant() -> None:
    """Let text that the terminal's encoding cannot show come out as escapes instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
