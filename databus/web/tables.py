"""Tables for spreadsheets."""

import csv
import io
from collections.abc import Iterable

MEDIA_TYPE = "text/csv; charset=utf-8"

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

BOM = "\ufeff"
"""Spreadsheets take a file without it for something else than UTF-8."""


def rows(cells: Iterable[Iterable[str]]) -> bytes:
    """Return rows of a table."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows(cells)
    return buffer.getvalue().encode("utf-8", "replace")


def inert(text: str) -> str:
    """Return a cell that no spreadsheet computes."""
    return f"'{text}" if text.startswith(FORMULAS) else text
