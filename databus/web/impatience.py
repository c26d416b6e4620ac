"""Hanging up on who says or hears something for ever: a thousand of them would keep everybody else out."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

PATIENCE = 30.0
"""Seconds for the head of a request, and for each ``PIECE`` of its body or of the answer."""

PIECE = 2**16
"""Bytes: slower than 2 KiB per second is nobody who wants an answer."""

LARGEST_HEAD = 32 * 1024
"""Bytes of a request's line and headers."""

ENDING = 2.0
"""Seconds that the rest of a request may take when the server ends."""

TOO_LARGE = f"The head of this request is larger than {LARGEST_HEAD:,} bytes."


class ImpatientProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with limits.

    Uvicorn itself waits for ever for the rest of a request, and for who reads no answer, and takes heads of any size.
    """

    _waiting: asyncio.TimerHandle | None = None
    _received = 0
    _part = 0
    _is_body = False
    _has_head = False
    _unread = 0
    _sending: asyncio.TimerHandle | None = None
    _is_ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base
        """Wait for the first request."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # so that writing pauses as long as anything is not taken
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait for the rest, if it is not all."""
        part = self._part
        super().data_received(data)
        # Of a piece in which one part ends and another one begins it is not known how much belongs to which.
        self._unread = 0 if self._is_body or part != self._part else self._unread + len(data)
        if self._unread > LARGEST_HEAD:
            self.send_400_response(TOO_LARGE)
        self._received += len(data)
        if not self._is_incomplete():
            self._stop_waiting()
        elif self._waiting is None or self._received >= PIECE:
            self._wait()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._begin(is_body=False)
        self._has_head = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header has ended; behind a body it would be taken for one that a proxy has looked at."""
        if self._has_head:
            raise ValueError("Headers behind the body are not taken.")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """A head has ended: it may have come in one piece."""
        self._has_head = True
        self._begin(is_body=True)
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > LARGEST_HEAD:
            raise ValueError(TOO_LARGE)
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """A piece of the body begins, or, if it is empty, what stands behind the body."""
        self._begin(is_body=False)

    def on_body(self, body: bytes) -> None:
        """A piece of the body is here."""
        self._begin(is_body=True)
        super().on_body(body)

    def shutdown(self) -> None:
        """The server ends: nothing of a request that is not all here was done, and its sender sends it again."""
        super().shutdown()
        has_begun = self.cycle is not None  # uvicorn's type does not say that there may be none
        if has_begun and self.cycle.more_body:
            self._stop_waiting()
            self._is_ending = True
            self._waiting = self.loop.call_later(ENDING, self.transport.abort)

    def _begin(self, *, is_body: bool) -> None:
        self._part += 1
        self._is_body = is_body

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        self._stop_sending()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait until what was written is taken."""
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        """All of it was taken."""
        self._stop_sending()
        super().resume_writing()

    def _is_incomplete(self) -> bool:
        if self.cycle is None:  # before the first request
            return True  # type: ignore[unreachable] # uvicorn's type does not say that there may be none
        return self.cycle.response_complete or self.cycle.more_body

    def _wait(self) -> None:
        if self._is_ending:
            return
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

    def _wait_for_reader(self) -> None:
        self._stop_sending()
        left = self.transport.get_write_buffer_size()
        self._sending = self.loop.call_later(PATIENCE, self._hang_up_on_reader, left)

    def _stop_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _hang_up_on_reader(self, before: int) -> None:
        if self.transport.get_write_buffer_size() <= before - PIECE:
            self._wait_for_reader()
        else:
            self.transport.abort()
