"""Contents of attachments on their way between two processes, never whole in memory."""

import io
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from databus.database.remote.wire import CHUNK_SIZE, ConnectionLost, Kind, Wire, unpack_message
from databus.errors import StoreError
from databus.passenger.attachment import Attachment

SPOOL_IN_MEMORY = 1024 * 1024
"""The most bytes of all contents of one call that are kept in memory."""


def send_content(wire: Wire, attachment: Attachment) -> None:
    """Send a content. Where it cannot be read, the receiver is told so, and the connection stays good."""
    try:
        with attachment.open() as stream:
            send_stream(wire, stream)
    except ConnectionLost:
        raise
    except Exception as error:  # noqa: BLE001 - the border to foreign code: the stream is a plug-in's
        wire.send_message({"unreadable": f"{type(error).__name__}: {error}"})


def send_stream(wire: Wire, stream: BinaryIO) -> None:
    """Send the rest of a stream in chunks, and an end."""
    while chunk := stream.read(CHUNK_SIZE):
        wire.send(Kind.CHUNK, chunk)
    wire.send(Kind.END)


class ChunkStream(io.RawIOBase):
    """A content that is read while it arrives.

    Args:
        done: Called once with whether all was read: only then is the connection good for another call.
        failure: Makes an exception of a message that comes instead of the next chunk.
    """

    def __init__(
        self, wire: Wire, done: Callable[[bool], None], failure: Callable[[dict[str, Any]], Exception]
    ) -> None:
        self._wire = wire
        self._done: Callable[[bool], None] | None = done
        self._failure = failure
        self._chunk = memoryview(b"")

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes; 0 at the end."""
        if not self._chunk and self._done:
            self._receive()
        size = min(len(buffer), len(self._chunk))
        buffer[:size] = self._chunk[:size]
        self._chunk = self._chunk[size:]
        return size

    def _receive(self) -> None:
        try:
            kind, payload = self._wire.receive()
        except ConnectionLost as error:
            self._finish(good=False)
            raise self._failure({"lost": str(error)}) from error
        if kind is Kind.CHUNK:
            self._chunk = memoryview(payload)
            return
        self._finish(good=True)
        if kind is Kind.MESSAGE:
            raise self._failure(unpack_message(payload))

    def _finish(self, *, good: bool) -> None:
        if self._done:
            self._done(good)
            self._done = None

    def close(self) -> None:
        """Close the stream; the connection too, if not all was read."""
        self._finish(good=False)
        super().close()


class Spool:
    """The contents that came with one call: in memory while small, else in a file that dies with the process."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.SpooledTemporaryFile(SPOOL_IN_MEMORY, dir=str(folder))  # noqa: SIM115 - closed in __exit__
        self._lock = threading.Lock()
        self._failure: OSError | None = None
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def receive(self, wire: Wire) -> "SpooledContent":
        """Take the next content from a connection."""
        start = self._size
        kind, payload = wire.receive()
        while kind is Kind.CHUNK:
            self._append(payload)
            kind, payload = wire.receive()
        unreadable = "" if kind is Kind.END else str(unpack_message(payload).get("unreadable", "it cannot be read"))
        return SpooledContent(spool=self, start=start, size=self._size - start, unreadable=unreadable)

    def _append(self, data: bytes) -> None:
        self._size += len(data)
        if self._failure:
            return
        try:
            self._file.write(data)
        except OSError as error:  # the client still sends: take the rest, so that it can be told
            self._failure = error

    def check(self) -> None:
        """Raise a ``StoreError`` if something could not be kept."""
        if self._failure:
            raise StoreError(f"The owner of the database cannot keep what it receives: {self._failure}")

    def read_at(self, position: int, buffer: memoryview) -> int:
        """Read from a position; several streams may do so at once."""
        with self._lock:
            self._file.seek(position)
            count: int = self._file.readinto(buffer)
            return count


@dataclass(frozen=True, slots=True, kw_only=True)
class SpooledContent:
    """One content in a spool; ``unreadable`` says why its sender could not read it."""

    spool: Spool
    start: int
    size: int
    unreadable: str

    def open(self) -> BinaryIO:
        """Return it as a stream at its beginning.

        Raises:
            OSError: Its sender could not read it.
        """
        if self.unreadable:
            raise OSError(self.unreadable)
        return io.BufferedReader(_Section(self))


class _Section(io.RawIOBase):
    def __init__(self, content: SpooledContent) -> None:
        self._content = content
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._content.size - self._position
        count = self._content.spool.read_at(self._content.start + self._position, memoryview(buffer)[:left])
        self._position += count
        return count
