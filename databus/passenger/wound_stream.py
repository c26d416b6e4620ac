"""A stream that can be wound, of a content whose parts can be read at any place."""

import io
from abc import abstractmethod


class WoundStream(io.RawIOBase):
    """Reads a content from any position; a subclass says what is there.

    Args:
        size: Of the content, in bytes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._position = 0

    @abstractmethod
    def part(self, position: int, most: int) -> bytes:
        """Return at most so many bytes of the content, at least one, from a position on; there are as many."""

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override] # Buffer is of Python 3.12
        """Read into a buffer; return how much that was, zero at the end."""
        most = min(len(buffer), self._size - self._position)
        if most <= 0:
            return 0
        content = self.part(self._position, most)
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a position, which may lie beyond the end; return it."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError("a stream has nothing before its beginning")
        self._position = origin + offset
        return self._position
