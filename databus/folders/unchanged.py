"""Reading a file only as it was when somebody looked at it."""

import io
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, cast

from databus.folders.folder import FileState, Folder, FolderError

CHUNK = 1024 * 1024


class FileChanged(FolderError):
    """A file is not what it was when it was listed."""


def open_unchanged(folder: Folder, state: FileState) -> BinaryIO:
    """Return a stream of a file's content.

    Raises:
        FileChanged: The file is another one than when it was listed. The stream raises it too, at its end, when
            somebody wrote to the file while it was read.
        FolderError: It is gone or cannot be read.
    """
    _check(folder, state)
    try:
        stream = folder.open(state.path)
    except OSError as error:
        raise FolderError(f"File {state.path!r} in {folder} cannot be read: {error}") from error
    return cast("BinaryIO", io.BufferedReader(_Unchanged(stream, partial(_check, folder, state)), CHUNK))


def is_unchanged(folder: Folder, state: FileState) -> bool:
    """Return whether a file is there as it was when it was listed."""
    now = folder.state(state.path)
    return now is not None and now.version == state.version


def _check(folder: Folder, state: FileState) -> None:
    now = folder.state(state.path)
    if now is None:
        raise FolderError(f"File {state.path!r} is not in {folder} any more")
    if now.version != state.version:
        raise FileChanged(f"File {state.path!r} in {folder} has changed while it was pulled; it is pulled anew later")


class _Unchanged(io.RawIOBase):
    """A stream that, at its end, makes sure that nobody wrote to the file while it was read."""

    def __init__(self, stream: BinaryIO, check: Callable[[], None]) -> None:
        self._stream = stream
        self._check = check

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override] # Buffer is of Python 3.12
        content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        if not content:
            self._check()
        return len(content)

    def close(self) -> None:
        self._stream.close()
        super().close()
