"""PDFs: their pages are counted."""

import zlib

import pytest

from databus.operating.preview import pdfs
from databus.operating.preview.pdfs import NOT_SHOWN, count_pages
from databus.operating.preview.records import CUT_SHORT, Kind
from tests.unit.operating.preview.looked import looked

PAGES = b"1 0 obj <</Type /Pages /Count 2>> 2 0 obj <</Type/Page>> 3 0 obj <</Type /Page /A 1>>"


def packed(content: bytes) -> bytes:
    return b"4 0 obj <</Type /ObjStm /Filter /FlateDecode>>\nstream\n" + zlib.compress(content) + b"\nendstream"


@pytest.mark.parametrize("content", [PAGES, packed(PAGES), b"stream /ObjStm stream\n broken" + PAGES])
def test_pages_are_counted(content: bytes) -> None:
    assert count_pages(b"%PDF-1.7\n" + content) == 2


def test_a_bomb_has_no_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfs, "LARGEST", 1000)
    assert count_pages(packed(PAGES + bytes(10_000))) == 0


def test_a_pdf_is_described_and_not_shown() -> None:
    shown = looked("a.bin", b"%PDF-1.4\n" + PAGES + b"\n%%EOF\n")
    assert (shown.kind, shown.facts, shown.notes, shown.text) == (Kind.PDF, [("Pages", "2")], [NOT_SHOWN], None)
    assert looked("a.pdf", b"%PDF-1.4\nencrypted").facts == []


def test_one_whose_end_is_missing_says_so() -> None:
    assert looked("a.pdf", b"%PDF-1.4\n" + PAGES).notes == [CUT_SHORT, NOT_SHOWN]
