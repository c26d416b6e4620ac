"""Texts, and what is none."""

import pytest

from databus.operating.preview.records import Kind
from databus.operating.preview.samples import SMALL
from tests.unit.operating.preview.looked import looked

BINARY = [b"a\0b", bytes(range(256)) * 10, b"\x7fELF\x02\x01\x01\0\0", b"PK\x03\x04 an archive"]


@pytest.mark.parametrize(
    ("content", "encoding", "text"),
    [
        (b"plain", "ASCII", "plain"),
        ("Grüße".encode(), "UTF-8", "Grüße"),
        ("Grüße".encode("utf-8-sig"), "UTF-8 with a mark", "Grüße"),
        ("Grüße".encode("utf-16"), "UTF-16", "Grüße"),
        ("Grüße".encode("utf-32"), "UTF-32", "Grüße"),
        ("Grüße für 5 €".encode("cp1252"), "Windows-1252", "Grüße für 5 €"),
        (b"a\x81", "ISO 8859-1", "a\x81"),
        ("日本語で書かれた".encode() + b"\xff", "UTF-8, damaged", "日本語で書かれた\ufffd"),
    ],
)
def test_a_text_is_shown_and_its_encoding_told(content: bytes, encoding: str, text: str) -> None:
    shown = looked("a.txt", content)
    assert (shown.kind, shown.text, dict(shown.facts)["Encoding"]) == (Kind.TEXT, text, encoding)
    assert not shown.notes


def test_a_large_text_is_cut_also_within_a_character() -> None:
    shown = looked("a.txt", "x" + "ü" * SMALL)
    assert shown.text is not None
    assert set(shown.text) == {"x", "ü"}
    assert len(shown.text) <= SMALL
    assert shown.notes == ["This is its beginning; the download has all."]


@pytest.mark.parametrize("content", BINARY)
def test_what_is_no_text_is_not_shown(content: bytes) -> None:
    shown = looked("a.txt", content)
    assert (shown.kind, shown.text) == (Kind.OTHER, None)
    assert shown.notes == ["This is no text: download it to look at it."]


@pytest.mark.parametrize("name", ["a.svg", "a.xml", "a.json", "a.csv", "a.eml"])
def test_everything_can_be_looked_at_as_text(name: str) -> None:
    shown = looked(name, "<a/>", as_text=True)
    assert (shown.kind, shown.text, shown.tree, shown.tables) == (Kind.TEXT, "<a/>", [], [])


def test_html_is_text() -> None:
    assert looked("a.html", "<script>alert(1)</script>").text == "<script>alert(1)</script>"


@pytest.mark.parametrize("name", ["a", "a.txt", "a.json", "a.csv", "a.xlsx", "a.png"])
def test_what_is_empty_is_called_so(name: str) -> None:
    shown = looked(name, b"")
    assert (shown.kind, shown.facts, shown.text) == (Kind.EMPTY, [], None)
