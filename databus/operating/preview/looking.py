"""What is shown of an attachment."""

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import BinaryIO

from databus.operating.preview.apart import Apart, not_shown
from databus.operating.preview.json_tree import json_preview
from databus.operating.preview.pictures import picture_preview
from databus.operating.preview.records import Kind, Preview
from databus.operating.preview.samples import Sample, read_sample
from databus.operating.preview.tables import csv_preview
from databus.operating.preview.texts import text_preview
from databus.operating.preview.xml_tree import xml_preview

_HERE = {
    Kind.TEXT: text_preview,
    Kind.JSON: json_preview,
    Kind.XML: xml_preview,
    Kind.CSV: csv_preview,
    Kind.PICTURE: picture_preview,
}
"""What is read here: in a time that grows with its size alone, of which little is taken."""


SIDE_BY_SIDE = 3
"""Contents that are looked at at a time: each may take as much memory as the largest that is read."""

PATIENCE = 2.0
"""Seconds that one waits for its turn: the threads that wait show no other pages."""


class Previews:
    """Looks at contents, a few at a time.

    Args:
        apart: Looks at those that may ask for too much.
    """

    def __init__(self, apart: Apart | None = None) -> None:
        self._apart = apart or Apart()
        self._turns = BoundedSemaphore(SIDE_BY_SIDE)

    def look_at(self, name: str, stream: BinaryIO, *, as_text: bool = False) -> Preview:
        """Return what is shown of a content.

        Args:
            name: Of the attachment.
            stream: At its beginning; only so much is read as is needed.
            as_text: Show it as text, whatever it is.
        """
        return self._in_turn(lambda: read_sample(name, stream, as_text=as_text))

    def look_at_sample(self, sample: Sample) -> Preview:
        """Return what is shown of a content whose beginning is at hand."""
        return self._in_turn(lambda: sample)

    def _in_turn(self, read: Callable[[], Sample]) -> Preview:
        if not self._turns.acquire(timeout=PATIENCE):
            return not_shown("Other previews take their time: try again in a moment.")
        try:
            return self._shown(read())
        finally:
            self._turns.release()

    def _shown(self, sample: Sample) -> Preview:
        if not sample.content:
            return Preview(kind=Kind.EMPTY, notes=["Nothing is in it."])
        show = _HERE.get(sample.kind)
        if show is not None:
            return show(sample)
        if sample.kind is Kind.OTHER:
            return not_shown("This is no text: download it to look at it.")
        if sample.kind is Kind.SHEETS and not sample.is_whole:
            return not_shown("It is too large to be looked at here: download it.")
        return self._apart.look(sample.kind, sample.content, is_whole=sample.is_whole)
