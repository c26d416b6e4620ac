"""The caller's connections to the owner: made when needed, kept for the next call."""

import socket
import threading
from pathlib import Path

from databus.database.remote.endpoint import Endpoint
from databus.database.remote.handshake import Refusal, introduce
from databus.database.remote.wire import ConnectionLost, Wire
from databus.errors import StoreError, StoreUnreachable

CONNECT_TIME = 5.0
"""Seconds in which the owner must take a connection."""

KEPT = 8
"""Idle connections that are kept; each costs the owner a thread."""


class Connections:
    """The connections to the owner that an endpoint file names. The file is read for each new one: owners change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._idle: list[Wire] = []
        self._lent: set[Wire] = set()
        self._closed = False

    def open(self) -> None:
        """Let connections be borrowed (again), and make the first.

        Raises:
            StoreUnreachable: The owner does not answer.
        """
        self._closed = False
        self.give_back(self.borrow(), good=True)

    def borrow(self) -> Wire:
        """Return a connection that nobody else uses; it must be given back.

        Raises:
            StoreUnreachable: The owner does not answer.
        """
        wire = self._idle_one() or self._connect()
        with self._lock:
            self._lent.add(wire)
        return wire

    def _idle_one(self) -> Wire | None:
        while True:
            with self._lock:
                if self._closed:
                    raise StoreError("The database is closed")
                if not self._idle:
                    return None
                wire = self._idle.pop()
            if wire.is_quiet():
                return wire
            wire.close()

    def _connect(self) -> Wire:
        owner = Endpoint.read(self._path)
        if owner.host != socket.gethostname():
            raise StoreUnreachable(f"The database belongs to {owner}: run the command on that machine")
        try:
            wire = Wire(socket.create_connection(("127.0.0.1", owner.port), timeout=CONNECT_TIME))
        except (OSError, OverflowError) as error:
            raise StoreUnreachable(f"The owner of the database does not answer: {owner}: {error}") from error
        try:
            introduce(wire, owner.secret)
        except Refusal as refusal:
            wire.close()
            raise StoreUnreachable(f"The owner of the database does not accept us: {owner}: {refusal}") from refusal
        except ConnectionLost as lost:
            wire.close()
            raise StoreUnreachable(f"The owner of the database does not answer: {owner}: {lost}") from lost
        return wire

    def give_back(self, wire: Wire, *, good: bool) -> None:
        """Keep a borrowed connection for the next call, or close it if it is not ``good`` for one."""
        with self._lock:
            self._lent.discard(wire)
            keep = good and not self._closed and len(self._idle) < KEPT
            if keep:
                self._idle.append(wire)
        if not keep:
            wire.close()

    def close(self) -> None:
        """Close all; calls at work end with ``StoreUnreachable``."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            lent = list(self._lent)
        for wire in idle:
            wire.close()
        for wire in lent:
            wire.cut()
