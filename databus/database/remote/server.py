"""The owner's side: other processes of the same user and machine call the database through it."""

import contextlib
import logging
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from databus.database.abstract_database import AbstractDatabase
from databus.database.remote.contents import Spool, send_stream
from databus.database.remote.endpoint import ENDPOINT_FILE, Endpoint
from databus.database.remote.failures import encode_error
from databus.database.remote.handshake import HANDSHAKE_TIME, admit
from databus.database.remote.methods import Method, served_methods
from databus.database.remote.wire import PATIENCE, ConnectionLost, Wire
from databus.errors import DatabusError, StoreError

_logger = logging.getLogger(__name__)


class DatabaseServer:
    """Serves an open database to other processes, from ``start`` to ``stop``.

    Args:
        database: Stays the caller's, who closes it after ``stop``.
        folder: Gets ``owner_endpoint.json``, and takes large contents while they arrive.
        connections: The most at once; further ones wait.
        patience: Seconds after which a silent connection is closed.
        handshake_time: Seconds in which a new connection must prove that it knows the token.
    """

    def __init__(
        self,
        database: AbstractDatabase,
        *,
        folder: str | Path,
        connections: int = 128,
        patience: float = PATIENCE,
        handshake_time: float = HANDSHAKE_TIME,
    ) -> None:
        self.path = Path(folder) / ENDPOINT_FILE
        self._database = database
        self._patience = patience
        self._handshake_time = handshake_time
        self._slots = threading.BoundedSemaphore(connections)
        self._lock = threading.Lock()
        self._sessions: dict[threading.Thread, Wire] = {}
        self._stopping = threading.Event()
        self._acceptor: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, and say where in the endpoint file."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.endpoint = Endpoint(port=self._listener.getsockname()[1])
        self._acceptor = threading.Thread(target=self._accept, name="databus-remote", daemon=True)
        self._acceptor.start()
        try:
            self.endpoint.write(self.path)
        except BaseException:
            self.stop()
            raise

    def stop(self, grace: float = 5.0) -> None:
        """Accept no more calls; those at work have ``grace`` seconds to finish.

        Stopping twice, or what was never started, does nothing.
        """
        if self._stopping.is_set() or self._acceptor is None:
            return
        self._stopping.set()
        self.endpoint.remove(self.path)
        with contextlib.suppress(OSError):  # only wakes the thread that accepts
            socket.create_connection(("127.0.0.1", self.endpoint.port), timeout=1).close()
        self._cut(socket.SHUT_RD, grace)
        self._cut(socket.SHUT_RDWR, 1.0)
        self._acceptor.join(1.0)

    def _cut(self, how: int, grace: float) -> None:
        with self._lock:
            sessions = dict(self._sessions)
        for wire in sessions.values():
            wire.cut(how)
        deadline = time.monotonic() + grace
        for thread in sessions:
            thread.join(max(0.0, deadline - time.monotonic()))

    # -- connections --------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        with self._listener:
            while True:
                self._slots.acquire()
                try:
                    self._begin(self._listener.accept()[0])
                except (OSError, RuntimeError) as error:  # no more files or threads: the next one may do
                    _logger.warning("a connection to the database could not be taken: %s", error)
                    self._slots.release()
                    self._stopping.wait(0.1)
                if self._stopping.is_set():
                    return

    def _begin(self, connection: socket.socket) -> None:
        wire = Wire(connection, self._patience)
        thread = threading.Thread(target=self._serve, args=(wire,), name="databus-remote-call", daemon=True)
        with self._lock:  # until it has started: only then can it be waited for
            try:
                thread.start()
            except BaseException:
                wire.close()
                raise
            self._sessions[thread] = wire

    def _end_session(self, thread: threading.Thread) -> None:
        with self._lock:
            wire = self._sessions.pop(thread)
        wire.close()

    def _serve(self, wire: Wire) -> None:
        try:
            if not self._stopping.is_set() and admit(wire, self.endpoint.secret, within=self._handshake_time):
                while not self._stopping.is_set():
                    self._answer(wire)
        except ConnectionLost as lost:
            _logger.debug("a client has gone: %s", lost)
        except Exception:  # the border of the thread: nobody else would tell
            _logger.exception("a connection to the database failed")
        finally:
            self._end_session(threading.current_thread())
            self._slots.release()

    # -- calls --------------------------------------------------------------------------------------------------------

    def _answer(self, wire: Wire) -> None:
        request = wire.receive_message()
        try:
            self._call(wire, request)
        except ConnectionLost:
            raise
        except Exception as error:  # the border between the processes: the caller gets it
            if not isinstance(error, DatabusError):
                _logger.exception("a call of another process failed: %s", request.get("method"))
            wire.send_message({"error": encode_error(error)})

    def _call(self, wire: Wire, request: dict[str, Any]) -> None:
        with Spool(self.path.parent) as spool:
            contents = [spool.receive(wire) for _ in range(request.get("contents", 0))]
            spool.check()
            method = served_methods().get(str(request.get("method")))
            if method is None:
                raise StoreError(f"The owner of the database does not know the call {request.get('method')!r}")
            arguments = method.decode_arguments(request["arguments"], contents)
            result = getattr(self._database, method.name)(**arguments)
        self._send_result(wire, method, arguments, result)

    def _send_result(self, wire: Wire, method: Method, arguments: dict[str, Any], result: Any) -> None:
        if not method.streams:
            wire.send_message({"result": method.encode_result(result, arguments)})
            return
        with result:
            wire.send_message({"result": None})
            send_stream(wire, result)
