"""Frames on a socket: one byte for the kind, four for the length, then the payload."""

import contextlib
import json
import socket
import struct
import time
from enum import Enum
from typing import Any

import orjson

CHUNK_SIZE = 256 * 1024
"""The most bytes of a content in one frame."""

PATIENCE = 300.0
"""Seconds after which a peer that neither sends nor reads is given up."""

_PREFIX = struct.Struct(">cI")

_ODD = b" "
"""What a message begins with that orjson cannot read: still JSON, so that people can."""


class ConnectionLost(Exception):
    """The peer has gone, is silent for too long, or sends what is not ours; the connection is of no more use."""


class Kind(Enum):
    """What a frame holds."""

    MESSAGE = b"M"
    CHUNK = b"C"
    END = b"E"


LARGEST = {Kind.MESSAGE: 128 * 1024 * 1024, Kind.CHUNK: CHUNK_SIZE, Kind.END: 0}
"""The most bytes of a frame: a length beyond is not believed."""


class Wire:
    """One connection; used by one thread at a time, but for ``cut``."""

    def __init__(self, sock: socket.socket, patience: float = PATIENCE) -> None:
        with contextlib.suppress(OSError):  # it has gone already: the first use will tell
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        self._patience = patience

    def send(self, kind: Kind, payload: bytes = b"") -> None:
        """Send one frame.

        Raises:
            ConnectionLost: It may or may not have arrived.
        """
        prefix = _PREFIX.pack(kind.value, len(payload))
        if len(payload) < CHUNK_SIZE:
            self.send_raw(prefix + payload)
        else:
            self.send_raw(prefix)
            self.send_raw(payload)

    def send_raw(self, data: bytes) -> None:
        """Send bytes without a frame: the handshake."""
        try:
            self._socket.settimeout(self._patience)
            self._socket.sendall(data)
        except OSError as error:
            raise ConnectionLost(str(error)) from error

    def receive(self) -> tuple[Kind, bytes]:
        """Return the next frame."""
        letter, size = _PREFIX.unpack(self.receive_raw(_PREFIX.size))
        try:
            kind = Kind(letter)
        except ValueError:
            raise ConnectionLost("it sends what is not a frame of Databus") from None
        if size > LARGEST[kind]:
            raise ConnectionLost(f"it announces a frame of {size} bytes")
        return kind, self.receive_raw(size)

    def receive_raw(self, size: int, *, within: float | None = None) -> bytes:
        """Return exactly ``size`` bytes; ``within`` seconds for all of them, else its patience for each piece."""
        deadline = None if within is None else time.monotonic() + within
        data = bytearray()
        try:
            while len(data) < size:
                left = self._patience if deadline is None else deadline - time.monotonic()
                self._socket.settimeout(max(left, 0.001))
                piece = self._socket.recv(min(size - len(data), CHUNK_SIZE))
                if not piece:
                    raise ConnectionLost("it has closed the connection")
                data += piece
        except OSError as error:
            raise ConnectionLost(str(error)) from error
        return bytes(data)

    def is_quiet(self) -> bool:
        """Whether nothing waits to be read, not even the end: an idle connection is good only then."""
        try:
            self._socket.setblocking(False)
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def cut(self, how: int = socket.SHUT_RDWR) -> None:
        """Wake the thread that waits on the connection with a ``ConnectionLost``; any thread may call this."""
        with contextlib.suppress(OSError):  # it has gone already
            self._socket.shutdown(how)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    # -- messages -----------------------------------------------------------------------------------------------------

    def send_message(self, message: dict[str, Any]) -> None:
        """Send a JSON object.

        Raises:
            ValueError: It is too large; nothing was sent.
        """
        self.send_packed(pack_message(message))

    def send_packed(self, message: bytes) -> None:
        """Send what ``pack_message`` returned."""
        self.send(Kind.MESSAGE, message)

    def receive_message(self) -> dict[str, Any]:
        """Return the next frame, which must be a JSON object."""
        kind, payload = self.receive()
        if kind is not Kind.MESSAGE:
            raise ConnectionLost("it sends content where a message belongs")
        return unpack_message(payload)


def pack_message(message: dict[str, Any]) -> bytes:
    """Return a JSON object as bytes.

    Raises:
        ValueError: It is too large to be sent.
    """
    try:
        packed = orjson.dumps(message)
    except TypeError:  # a lone surrogate, or a number beyond 64 bits
        packed = _ODD + json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if len(packed) > LARGEST[Kind.MESSAGE]:
        raise ValueError(
            f"a message of {len(packed)} bytes is larger than {LARGEST[Kind.MESSAGE]}: ask for less at once"
        )
    return packed


def unpack_message(payload: bytes) -> dict[str, Any]:
    """Return the JSON object that ``pack_message`` packed.

    Raises:
        ConnectionLost: It is none.
    """
    try:
        odd = payload.startswith(_ODD)
        message = json.loads(payload.decode("utf-8", "surrogatepass")) if odd else orjson.loads(payload)
    except (ValueError, RecursionError) as error:
        raise ConnectionLost(f"it sends a message that is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise ConnectionLost("it sends a message that is not a JSON object")
    return message
