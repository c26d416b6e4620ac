"""PDFs: how many pages they have. Only called in a process of its own (``apart``)."""

import re
import zlib

from databus.operating.preview.records import CUT_SHORT, Kind, Preview

_PAGE = re.compile(rb"/Type\s{0,9}/Page(?![A-Za-z])")
_PACKED = re.compile(rb"/ObjStm\b[^\0]{0,500}?stream\r?\n")

LARGEST = 32 * 2**20
"""Bytes that are unpacked in order to count."""

NOT_SHOWN = "To read it, download it: a browser shows PDFs with a program of its own, which these pages do not let run."

_END = b"%%EOF"

_END_WITHIN = 1024
"""Bytes at the end of a PDF in which readers look for its mark."""


def pdf_preview(content: bytes, *, is_whole: bool) -> Preview:
    """Describe a PDF."""
    pages = count_pages(content) if is_whole else 0
    notes = [CUT_SHORT] if is_whole and _END not in content[-_END_WITHIN:] else []
    facts = [("Pages", f"{pages:,}")] if pages else []
    return Preview(kind=Kind.PDF, facts=facts, notes=[*notes, NOT_SHOWN])


def count_pages(content: bytes) -> int:
    """Return how many pages a PDF has; 0 where that cannot be found out, as where it is encrypted."""
    pages, left, view = len(_PAGE.findall(content)), LARGEST, memoryview(content)
    for packed in _PACKED.finditer(content):
        try:
            unpacked = zlib.decompressobj().decompress(view[packed.end() :], left)
        except zlib.error:
            continue
        pages += len(_PAGE.findall(unpacked))
        left -= len(unpacked)
        if left <= 0:
            return 0
    return pages
