"""Excel sheets as tables. Only called in a process of its own (``apart``): a small file may ask for any memory."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from databus.operating.preview.records import Kind, Preview, Table
from databus.operating.preview.room import Room
from databus.operating.preview.tables import ROWS, cells_room, shown_table
from databus.operating.preview.texts import BEGINNING_ONLY

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

SHEETS = 10

LARGEST = 256 * 2**20
"""Bytes that a workbook may unpack to."""

HARMLESS = 16 * 2**20
"""Bytes to which any file may unpack, whatever its ratio."""

RATIO = 250
"""Bytes that one byte of a larger file may unpack to."""

FILES = 5000
"""Files that a workbook may consist of."""


LARGEST_NUMBER = 1e15
"""Below it, Excel shows a whole number without a point."""


class Unreadable(Exception):
    """It is not shown; the text says why."""


def sheets_preview(content: bytes) -> Preview:
    """Show the sheets of a workbook.

    Raises:
        Unreadable: It is broken, encrypted, dangerous, or what reads such files is not installed.
    """
    check_unpacked_size(content)
    try:
        from python_calamine import CalamineError, load_workbook
    except ImportError:
        raise Unreadable(
            "Excel sheets are shown once python-calamine is there: pip install 'databus[excel]'."
        ) from None
    room = cells_room()
    try:
        with load_workbook(io.BytesIO(content)) as book:
            names = book.sheet_names
            tables = [_table(book, name, room) for name in names[:SHEETS]]
    except CalamineError as error:
        raise Unreadable(f"It cannot be read: {error}.") from error
    notes = [BEGINNING_ONLY] if room.is_cut or len(names) > SHEETS else []
    return Preview(kind=Kind.SHEETS, facts=[("Sheets", f"{len(names):,}")], tables=tables, notes=notes)


def _table(book: "CalamineWorkbook", name: str, room: Room) -> Table:
    return shown_table(room.fitted(name), map(_texts, _rows(book.get_sheet_by_name(name))), room)


def _rows(sheet: "CalamineSheet") -> Iterator[Sequence[object]]:
    yield from islice(sheet.iter_rows(), ROWS + 1)


def _texts(row: Sequence[object]) -> list[str]:
    return [_text(cell) for cell in row]


def _text(cell: object) -> str:
    is_whole = isinstance(cell, float) and cell.is_integer() and abs(cell) < LARGEST_NUMBER
    return f"{cell:.0f}" if is_whole else str(cell)


def check_unpacked_size(content: bytes) -> None:
    """Refuse what would unpack to much more than it is, before anything of it is unpacked.

    Raises:
        Unreadable: It would, or is a broken archive.
    """
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unreadable(f"It cannot be read: {error}.") from error
    unpacked = sum(each.file_size for each in files)
    if len(files) > FILES or unpacked > LARGEST or unpacked > max(HARMLESS, RATIO * len(content)):
        raise Unreadable("It would unpack to far more than it is, as bombs do: it is not opened here.")
