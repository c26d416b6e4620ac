"""Content on its way into attachments: little of it in memory, much of it in a temporary file."""

import io
import weakref
from collections.abc import Iterable, Iterator
from functools import partial
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import BinaryIO, cast

from databus.passenger.attachment import Attachment, AttachmentError, AttachmentFormat
from databus.passenger.wound_stream import WoundStream

KEPT_IN_MEMORY = 1 << 20
"""Bytes of one spool that are held in memory; beyond that, all of it goes to disk."""


PIECE = 1 << 20
"""Bytes that are read at once from a stream that is copied."""


class TooLarge(Exception):
    """More content came than was allowed."""


class Spool:
    """Takes contents and gives attachments that read them.

    The temporary file has no name, so nothing is left behind whatever happens to the process; it lives as long as the
    spool or one of its attachments.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - closed by the finalizer
        self._lock = Lock()
        self._end = 0
        weakref.finalize(self, self._file.close)

    def attachment(
        self, name: str, format: AttachmentFormat, chunks: Iterable[bytes], *, most: int | None = None
    ) -> Attachment:
        """Take a content and return an attachment that has it.

        Args:
            name: The attachment's name.
            format: The attachment's format.
            chunks: The content.
            most: The most bytes that it may have.

        Raises:
            TooLarge: It has more.
        """
        begin, _ = self._take(chunks, most)
        return self.taken_since(begin, name, format)

    @property
    def end(self) -> int:
        """How many bytes were taken; the next ones are taken from there on."""
        return self._end

    def append(self, chunk: bytes) -> None:
        """Take a piece of a content that comes piece by piece; see ``taken_since``."""
        with self._lock:
            self._file.seek(self._end)
            self._file.write(chunk)
            self._end += len(chunk)

    def taken_since(self, begin: int, name: str, format: AttachmentFormat) -> Attachment:
        """Return an attachment that has what was taken since ``end`` was ``begin``."""
        size = self._end - begin
        return Attachment.from_stream(name, partial(self._open, begin, size), format, size, local=True)

    def copy(self, attachment: Attachment) -> None:
        """Take a copy of an attachment's content, and let the attachment read that from now on.

        What the reading raises, the attachment raises from now on whenever it is opened.
        """
        try:
            with attachment.open() as stream:
                begin, size = self._take(_pieces(stream), None)
        except Exception as error:  # noqa: BLE001 - the border to foreign streams: whoever needs the content is told
            attachment.read_from(partial(_raise, error), None)
        else:
            attachment.read_from(partial(self._open, begin, size), size)

    def read(self, begin: int, size: int) -> bytes:
        """Return a part of all that was taken."""
        with self._lock:
            self._file.seek(begin)
            return self._file.read(size)

    def _take(self, chunks: Iterable[bytes], most: int | None) -> tuple[int, int]:
        begin = self._end
        for chunk in chunks:
            if most is not None and self._end - begin + len(chunk) > most:
                raise TooLarge
            self.append(chunk)
        return begin, self._end - begin

    def _open(self, begin: int, size: int) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Part(self, begin, size), 1 << 16))


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        if not isinstance(piece, bytes):
            raise AttachmentError(f"its stream gives {type(piece).__name__}")
        yield piece


def _raise(error: Exception) -> BinaryIO:
    raise error


class _Part(WoundStream):
    """A stream of a part of a spool, with a position of its own."""

    def __init__(self, spool: Spool, begin: int, size: int) -> None:
        super().__init__(size)
        self._spool = spool
        self._begin = begin

    def part(self, position: int, most: int) -> bytes:
        return self._spool.read(self._begin + position, most)
