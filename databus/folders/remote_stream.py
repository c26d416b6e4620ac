"""The stream of a remote file, whose errors are ours."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO


class RemoteStream(io.RawIOBase):
    """A stream of a file system, each use of which passes a border.

    Args:
        stream: What fsspec gave.
        border: Makes a context that turns what the file system raises into errors of ours.
    """

    def __init__(self, stream: BinaryIO, border: Callable[[], AbstractContextManager[None]]) -> None:
        self._stream = stream
        self._border = border

    def readable(self) -> bool:
        """Return whether it was opened for reading."""
        return self._stream.readable()

    def writable(self) -> bool:
        """Return whether it was opened for writing."""
        return self._stream.writable()

    def seekable(self) -> bool:
        """Return whether the file system can begin at any place."""
        return self._stream.seekable()

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes; without a size, all that are left."""
        with self._border():
            return self._stream.read(size)

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override] # Buffer is of Python 3.12
        """Read into a buffer; give back how many bytes that were."""
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def write(self, content: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override] # as readinto
        """Write bytes; give back how many they were."""
        with self._border():
            return self._stream.write(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to another place in the file, and give it back."""
        with self._border():
            return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the file."""
        with self._border():
            return self._stream.tell()

    def close(self) -> None:
        """Close the file; one that was written is whole only then."""
        if self.closed:
            return
        super().close()
        with self._border():
            self._stream.close()
