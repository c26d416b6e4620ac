"""Contents on their way into the database: few bytes in memory, the rest in one temporary file."""

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, BinaryIO

from msgspec import Struct

from databus.errors import StoreError
from databus.passenger.attachment import Attachment

PIECE = 1 << 18
"""Bytes of a content that are in memory at once."""

ROOM = 8 << 20
"""Bytes of contents that wait together in memory for their transaction."""


class SpoolError(StoreError):
    """The temporary folder takes no more: that is no fault of what should have been kept there."""


class Span(Struct, eq=False):
    """A content in a temporary file.

    Attributes:
        start, size: Where it begins, and how long it is, in bytes.
    """

    file: BinaryIO
    start: int
    size: int

    def pieces(self) -> Iterator[bytes]:
        """Yield it from its beginning.

        Raises:
            SpoolError: It cannot be read.
        """
        for done in range(0, self.size, PIECE):
            with _guarded():
                self.file.seek(self.start + done)
                piece = self.file.read(min(PIECE, self.size - done))
            yield piece


class Content(Struct, eq=False):
    """A content that was read once and can be stored any number of times.

    Attributes:
        size: In bytes.
        small: All of it; None where it is in a file.
        large: Where it is in a file.
        error: Why it cannot be read, if so.
    """

    size: int = 0
    small: bytes | None = None
    large: Span | None = None
    error: str = ""

    @property
    def in_memory(self) -> int:
        """Bytes that it holds in memory."""
        return len(self.small or b"")


class Spool:
    """Reads contents, and keeps them until its block ends.

    Args:
        room: Bytes that it keeps in memory; further contents are kept in a file, like each that is large.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._file: BinaryIO | None = None

    @property
    def has_file(self) -> bool:
        """Whether one of the contents is in a file."""
        return self._file is not None

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def read(self, attachment: Attachment) -> Content:
        """Read a content outside of any transaction, which a slow stream would hold open.

        A content that cannot be read says so in its ``error``.

        Raises:
            SpoolError: The temporary folder takes no more.
        """
        try:
            with attachment.open() as stream:
                return self._read(stream, attachment)
        except SpoolError:
            raise
        except Exception as error:  # noqa: BLE001 - the border to the streams of plug-ins, which may raise anything
            return Content(error=f"attachment {attachment.name!r} cannot be read: {type(error).__name__}: {error}")

    def close(self) -> None:
        """Give back the temporary file; it has no name, and is gone."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def _read(self, stream: BinaryIO, attachment: Attachment) -> Content:
        first: list[bytes] = []
        size = 0
        while piece := _checked(stream.read(PIECE - size)):
            first.append(piece)
            size += len(piece)
            if size >= PIECE:
                return self._spooled(chain(first, iter(lambda: _checked(stream.read(PIECE)), b"")))
            if len(piece) < PIECE and _has_ended(stream, is_all=size == attachment.size):
                break
        if size > self._room:
            return self._spooled(first)
        self._room -= size
        return Content(size=size, small=b"".join(first))

    def _spooled(self, pieces: Iterable[bytes]) -> Content:
        with _guarded():
            file = self._file = self._file or TemporaryFile()  # noqa: SIM115 - close() gives it back
            start = file.seek(0, os.SEEK_END)
        for piece in pieces:
            with _guarded():
                file.write(piece)
        with _guarded():
            file.flush()
            size = file.tell() - start
        return Content(size=size, large=Span(file, start, size))


@contextmanager
def _guarded() -> Iterator[None]:
    """Tell errors of the temporary folder from those of the stream that is kept there."""
    try:
        yield
    except OSError as error:
        raise SpoolError(
            f"the temporary folder does not keep attachments until they are stored: {error}; make room there, or set "
            "TMPDIR to another one"
        ) from error


def _has_ended(stream: BinaryIO, *, is_all: bool) -> bool:
    """Whether nothing follows a short piece, after which all that was announced is there, or not."""
    if type(stream) is io.BytesIO:  # as most of them are; a subclass may do anything
        return True
    return is_all and not isinstance(stream, io.BytesIO)  # where asking once more may mean to wait


def _checked(piece: Any) -> bytes:
    if not isinstance(piece, bytes):
        raise TypeError(f"its stream gives {type(piece).__name__}")
    return piece
