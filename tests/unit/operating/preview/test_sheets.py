"""Excel sheets, and files that would eat the memory of who opens them."""

import io
import struct
import zipfile

import pytest

from databus.operating.preview.apart import Apart
from databus.operating.preview.looking import Previews
from databus.operating.preview.records import Kind
from databus.operating.preview.sheets import Unreadable, check_unpacked_size
from tests.unit.operating.preview.looked import PATIENT, looked, member, workbook, zipped

BROKEN = [b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), zipped("a.txt", b"no workbook")]

NOT_READ = "It cannot be read, or only with more memory than it gets: download it to look at it."


def test_sheets_are_tables() -> None:
    cells: dict[str, str | float] = {"A1": "id", "B1": "price", "A2": 17, "B2": 2.5, "A3": True, "B3": "=1+1"}
    shown = looked("a.xlsx", workbook(cells, "empty one"))
    assert (shown.kind, dict(shown.facts)) == (Kind.SHEETS, {"Sheets": "2"})
    first, second = shown.tables
    assert (first.title, first.head, first.rows[:2]) == ("Sheet", ["id", "price"], [["17", "2.5"], ["True", ""]])
    assert (second.title, second.rows) == ("empty one", [])


def test_many_rows_and_sheets_are_cut() -> None:
    shown = looked("a.xlsx", workbook({f"A{at}": at for at in range(1, 300)}, *map(str, range(20))))
    assert (len(shown.tables[0].rows), len(shown.tables)) == (99, 10)
    assert shown.notes == ["This is its beginning; the download has all."]


def test_a_small_file_with_a_cell_at_each_end_takes_nobody_s_memory() -> None:
    content = workbook({"A1": 1, "XFD1048576": 2})
    assert len(content) < 10_000
    shown = looked("a.xlsx", content)
    assert (shown.kind, shown.notes) == (Kind.OTHER, [NOT_READ])


def test_a_bomb_is_not_unpacked() -> None:
    content = zipped("xl/workbook.xml", bytes(50 * 2**20))
    with pytest.raises(Unreadable, match="far more than it is"):
        check_unpacked_size(content)
    assert looked("a.xlsx", content).notes[0].startswith("It would unpack to far more than it is")


def test_a_bomb_that_lies_about_its_size_is_unpacked_by_nobody_who_matters() -> None:
    honest = workbook({"A1": 1})
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(honest)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            large = name == "xl/worksheets/sheet1.xml"
            new.writestr(name, member(honest, name) + (b" " * (64 * 2**20) if large else b""))
    content = _lying(file.getvalue(), b"xl/worksheets/sheet1.xml")
    check_unpacked_size(content)  # believes it
    assert PATIENT.look_at("a.xlsx", io.BytesIO(content)).kind in (Kind.OTHER, Kind.SHEETS)


def _lying(archive: bytes, name: bytes) -> bytes:
    """Let a file of an archive say that it unpacks to 1,000 bytes."""
    directory = archive.rindex(b"PK\x01\x02", 0, archive.rindex(name))
    changed = bytearray(archive)
    changed[directory + 24 : directory + 28] = struct.pack("<I", 1000)
    return bytes(changed)


@pytest.mark.parametrize("content", BROKEN)
def test_what_is_broken_is_told(content: bytes) -> None:
    shown = looked("a.xls", content)
    assert shown.kind is Kind.OTHER
    assert shown.notes[0].startswith("It cannot be read")


def test_a_text_that_is_called_a_workbook_is_text() -> None:
    assert looked("a.xls", "<table><tr><td>1</td></tr></table>").text == "<table><tr><td>1</td></tr></table>"


def test_what_takes_too_long_is_given_up() -> None:
    shown = Previews(Apart(seconds=0.001)).look_at("a.xlsx", io.BytesIO(workbook({"A1": 1})))
    assert shown.kind is Kind.OTHER
    assert "longer than" in shown.notes[0]
