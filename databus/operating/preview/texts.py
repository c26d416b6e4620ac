"""Texts in whatever encoding."""

import codecs
import re

from databus.operating.preview.records import Kind, Preview
from databus.operating.preview.samples import SMALL, Sample

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a mark"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)

_CONTROLS = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")

_MOST_CONTROLS = 0.02
"""A larger part of characters that nobody writes means that it is no text."""

BEGINNING_ONLY = "This is its beginning; the download has all."


def decoded(content: bytes) -> tuple[str, str] | None:
    """Return a text and its encoding, as people call it; None for what is no text. Its end may be cut anywhere."""
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return _sound(_decode(content, codec, "replace"), name)
    try:
        return _sound(_decode(content, "utf-8", "strict"), "ASCII" if content.isascii() else "UTF-8")
    except UnicodeDecodeError:
        return _sound(*_guessed(content))


def _decode(content: bytes, codec: str, errors: str) -> str:
    """Decode a text whose last character may be there in part."""
    return codecs.getincrementaldecoder(codec)(errors).decode(content)


def _guessed(content: bytes) -> tuple[str, str]:
    text = content.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    if sum(letter > "\x7f" for letter in text) > 2 * bad:
        return text, "UTF-8, damaged"
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "ISO 8859-1"


def _sound(text: str, encoding: str) -> tuple[str, str] | None:
    controls = len(_CONTROLS.findall(text))
    return None if "\0" in text or controls > len(text) * _MOST_CONTROLS else (text, encoding)


def text_preview(sample: Sample, *notes: str) -> Preview:
    """Show a text as it is.

    Args:
        notes: Why something that could be shown better is not.
    """
    found = decoded(sample.content[:SMALL])
    if found is None:
        said = [*notes, "This is no text: download it to look at it."]
        return Preview(kind=Kind.OTHER, notes=said)
    text, encoding = found
    cut = [] if sample.is_whole and len(sample.content) <= SMALL else [BEGINNING_ONLY]
    return Preview(kind=Kind.TEXT, facts=[("Encoding", encoding)], text=text, notes=[*notes, *cut])
