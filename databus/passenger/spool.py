"""Content on its way into attachments: little of it in memory, much of it in a temporary file."""

import io
import weakref
from collections.abc import Iterable
from functools import partial
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import BinaryIO, cast

from databus.passenger.attachment import Attachment, AttachmentFormat

KEPT_IN_MEMORY = 1 << 20
"""Bytes of one spool that are held in memory; beyond that, all of it goes to disk."""


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
        begin = self._end
        for chunk in chunks:
            if most is not None and self._end - begin + len(chunk) > most:
                raise TooLarge
            self._append(chunk)
        size = self._end - begin
        return Attachment.from_stream(name, partial(self._open, begin, size), format, size)

    def read(self, begin: int, size: int) -> bytes:
        """Return a part of all that was taken."""
        with self._lock:
            self._file.seek(begin)
            return self._file.read(size)

    def _append(self, chunk: bytes) -> None:
        with self._lock:
            self._file.seek(self._end)
            self._file.write(chunk)
            self._end += len(chunk)

    def _open(self, begin: int, size: int) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Part(self, begin, size), 1 << 16))


class _Part(io.RawIOBase):
    """A stream of a part of a spool, with a position of its own."""

    def __init__(self, spool: Spool, begin: int, size: int) -> None:
        self._spool = spool
        self._begin = begin
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override] # Buffer is of Python 3.12
        wanted = min(len(buffer), max(0, self._size - self._position))
        content = self._spool.read(self._begin + self._position, wanted)
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError("a stream has nothing before its beginning")
        self._position = origin + offset
        return self._position
