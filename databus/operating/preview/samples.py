"""The beginning of a content: as much of it as a preview may read."""

from dataclasses import dataclass
from typing import BinaryIO

from databus.operating.preview.kinds import BEGINNING, kind_of
from databus.operating.preview.records import Kind

SMALL = 64 * 2**10
MEDIUM = 2**20
LARGE = 16 * 2**20

MOST = {
    Kind.TEXT: SMALL,
    Kind.OTHER: SMALL,
    Kind.PICTURE: MEDIUM,  # a camera writes much before the size
    Kind.JSON: MEDIUM,
    Kind.XML: MEDIUM,
    Kind.CSV: MEDIUM,
    Kind.SHEETS: LARGE,
    Kind.PDF: LARGE,
    Kind.EMAIL: LARGE,
}
"""Bytes that are read."""

PIECE = 2**16


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a content; ``is_whole`` says whether it is all of it."""

    name: str
    kind: Kind
    content: bytes
    is_whole: bool


def read_sample(name: str, stream: BinaryIO, *, as_text: bool = False) -> Sample:
    """Read the beginning of a content, as much as is needed for what it is.

    Args:
        as_text: Take it for a text, whatever it is.
    """
    beginning = read_beginning(stream, BEGINNING)
    kind = Kind.TEXT if as_text else kind_of(name, beginning)
    content = read_beginning(stream, MOST[kind] - len(beginning), after=beginning)
    return Sample(name, kind, content, is_whole=not stream.read(1))


def read_beginning(stream: BinaryIO, most: int, *, after: bytes = b"") -> bytes:
    """Return so many bytes, or all that is there: a stream may give less at once than it is asked for.

    Args:
        after: What was read before; it comes first.
    """
    pieces = [after]
    while most > 0 and (piece := stream.read(min(most, PIECE))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)
