"""Contents are read whole, whatever their stream is like."""

import io
from collections.abc import Callable
from typing import BinaryIO

import pytest

from databus.database.sql_db.contents import PIECE, Content, close_all, read_content
from databus.passenger.attachment import Attachment

SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE]


class Slow(io.BytesIO):
    """Gives a little each time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 1000))


def read(content: Content) -> bytes:
    try:
        return content.small if content.small is not None else b"".join(content.pieces())
    finally:
        close_all([content])


def attachment(opener: Callable[[], BinaryIO]) -> Attachment:
    return Attachment.from_stream("a.bin", opener)


@pytest.mark.parametrize("kind", [io.BytesIO, Slow])
@pytest.mark.parametrize("size", SIZES)
def test_it_is_read_whole(size: int, kind: type[io.BytesIO]) -> None:
    given = bytes(number % 251 for number in range(size))
    content = read_content(attachment(lambda: kind(given)))
    assert (content.size, content.error) == (size, "")
    assert read(content) == given
    assert (content.large is not None) == (size >= PIECE)


@pytest.mark.parametrize("size", SIZES)
def test_it_is_read_from_where_its_stream_stands(size: int) -> None:
    def open_behind_a_mark() -> io.BytesIO:
        stream = io.BytesIO(b"mark" + b"x" * size)
        stream.seek(4)
        return stream

    content = read_content(attachment(open_behind_a_mark))
    assert content.size == size
    assert read(content) == b"x" * size
