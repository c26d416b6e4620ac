"""Tables of CSV files."""

import pytest

from databus.operating.preview.records import Kind
from tests.unit.operating.preview.looked import looked, size_of


@pytest.mark.parametrize(("separator", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_cells_are_parted_by_what_stands_between_them(separator: str, name: str) -> None:
    shown = looked("a.csv", f'id{separator}text\r\n1{separator}"a{separator}\n""b"""\r\n2\r\n')
    assert shown.kind is Kind.CSV
    (table,) = shown.tables
    assert table.head == ["id", "text"]
    assert table.rows == [["1", f'a{separator}\n"b"'], ["2", ""]]
    assert dict(shown.facts)["Separator"] == name


def test_rows_columns_and_cells_are_cut() -> None:
    for content in ("a\n" * 1000, ",".join("abc" * 100), "x" * 1000):
        shown = looked("a.csv", content)
        (table,) = shown.tables
        assert (len(table.rows) < 100, len(table.head) <= 30, len(table.head[0]) <= 201) == (True, True, True)
        assert shown.notes == ["This is its beginning; the download has all."]


def test_a_table_of_any_size_is_little_to_show() -> None:
    assert size_of(looked("a.csv", f"{','.join(['x' * 400] * 40)}\n" * 60)) < 2**18


def test_what_is_no_table_is_text() -> None:
    shown = looked("a.csv", '"' + "x" * 200_000)  # more than one cell may have
    assert shown.text is not None
    assert shown.notes[0].startswith("It is no table: ")
    assert looked("a.csv", b"\0\1").kind is Kind.OTHER
    assert looked("a.csv", b"").kind is Kind.EMPTY
