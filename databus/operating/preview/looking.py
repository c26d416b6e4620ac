"""What is shown of an attachment."""

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


def look_at(name: str, stream: BinaryIO, apart: Apart, *, as_text: bool = False) -> Preview:
    """Return what is shown of a content.

    Args:
        name: Of the attachment.
        stream: At its beginning; only so much is read as is needed.
        as_text: Show it as text, whatever it is.
    """
    return look_at_sample(read_sample(name, stream, as_text=as_text), apart)


def look_at_sample(sample: Sample, apart: Apart) -> Preview:
    """Return what is shown of a content whose beginning is at hand."""
    show = _HERE.get(sample.kind)
    if show is not None:
        return show(sample)
    if sample.kind is Kind.OTHER:
        return not_shown("This is no text: download it to look at it.")
    if sample.kind is Kind.SHEETS and not sample.is_whole:
        return not_shown("It is too large to be looked at here: download it.")
    return apart.look(sample.kind, sample.content, is_whole=sample.is_whole)
