"""What identifies a content: its SHA-256."""

import io
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from shutil import copyfileobj
from typing import BinaryIO, cast


class HashingStream(io.RawIOBase):
    """A stream to write to that hashes what comes, and passes it on.

    Args:
        target: Where to; None where only the hash is wanted.
    """

    def __init__(self, target: BinaryIO | None = None) -> None:
        self._target = target
        self._hashed = sha256()

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written so far, in hexadecimal digits."""
        return self._hashed.hexdigest()

    def writable(self) -> bool:
        """Return True: nothing else can be done with it."""
        return True

    def write(self, content: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override] # Buffer is of Python 3.12
        """Write bytes; give back how many they were."""
        if self._target is not None:
            self._target.write(content)
        self._hashed.update(content)
        return memoryview(content).nbytes


def copied(copy: Callable[[BinaryIO], object], target: BinaryIO | None = None) -> str:
    """Let something write its content, to a target if there is one; return the content's SHA-256."""
    stream = HashingStream(target)
    copy(cast("BinaryIO", stream))
    return stream.digest


def digest_of(stream: BinaryIO) -> str:
    """Return the SHA-256 of what is left in a stream."""
    return copied(partial(copyfileobj, stream))
