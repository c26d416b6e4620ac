"""Hanging up on who takes for ever to say something: otherwise a thousand of them keep everybody else out."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 30.0
"""Seconds for the head of a request, and for each ``PIECE`` of its body."""

PIECE = 2**16
"""Bytes: slower than 2 KiB per second is nobody who wants an answer."""


class ImpatientProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, which itself waits for ever for the rest of a request."""

    _waiting: asyncio.TimerHandle | None = None
    _received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait for the rest, if it is not all."""
        super().data_received(data)
        self._received += len(data)
        if not self._is_incomplete():
            self._stop_waiting()
        elif self._waiting is None or self._received >= PIECE:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _is_incomplete(self) -> bool:
        if self.cycle is None:  # before the first request
            return True  # type: ignore[unreachable] # uvicorn's type does not say that there may be none
        return self.cycle.response_complete or self.cycle.more_body

    def _wait(self) -> None:
        self._stop_waiting()
        self._received = 0
        self._waiting = self.loop.call_later(PATIENCE, self._hang_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _hang_up(self) -> None:
        if self.flow.read_paused:  # it is we who are slow
            self._wait()
        elif self._is_incomplete():
            self.transport.abort()
