"""Tables: of CSV files, and what is shown of any."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from databus.operating.preview.records import Kind, Preview, Table
from databus.operating.preview.room import Room
from databus.operating.preview.samples import Sample
from databus.operating.preview.texts import BEGINNING_ONLY, decoded, text_preview

ROWS = 100
COLUMNS = 30

_SEPARATORS = (",", ";", "\t", "|")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

_LONGEST_CELL = 200


def csv_preview(sample: Sample) -> Preview:
    """Show a table whose cells are parted by commas, semicolons, tabs or bars."""
    found = decoded(sample.content)
    if found is None:
        return text_preview(sample)
    text, encoding = found
    separator = _separator(text)
    room = cells_room()
    try:
        table = shown_table("", csv.reader(io.StringIO(text, newline=""), delimiter=separator), room)
    except csv.Error as error:
        return text_preview(sample, f"It is no table: {error}.")
    notes = [BEGINNING_ONLY] if room.is_cut or not sample.is_whole else []
    facts = [("Encoding", encoding), ("Separator", _NAMES[separator])]
    return Preview(kind=Kind.CSV, facts=facts, tables=[table], notes=notes)


def _separator(text: str) -> str:
    """Return what parts the first line into most cells."""
    line = next(iter(text[:10_000].splitlines()), "")
    return max(_SEPARATORS, key=line.count)


def cells_room() -> Room:
    """Return the room for the cells of all tables of a preview."""
    return Room(pieces=ROWS * COLUMNS)


def shown_table(title: str, rows: Iterable[Sequence[object]], room: Room) -> Table:
    """Return as much of a table as is shown; its first row is its head.

    Raises:
        csv.Error: What reads the rows has found that they are none.
    """
    shown = [[*_cells(row, room)] for row in islice(rows, ROWS + 1)]
    if len(shown) > ROWS:
        room.is_cut = True
        del shown[-1]
    width = max(map(len, shown), default=0)
    head, *body = [row + [""] * (width - len(row)) for row in shown] or [[]]
    return Table(title=title, head=head, rows=body)


def _cells(row: Sequence[object], room: Room) -> Iterator[str]:
    room.is_cut = room.is_cut or len(row) > COLUMNS
    for cell in row[:COLUMNS]:
        if not room.take_piece():
            return
        yield room.fitted(str(cell), _LONGEST_CELL)
