"""Holding one client: nothing of it is driven while somebody copies it, and the others drive on.

A hold is a document of the client. It ends by itself when whoever holds has died, because it must be renewed; but a
client that is still being built up stays held until whoever builds it has come to the end.
"""

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import orjson

from databus.database.abstract_database import AbstractDatabase
from databus.errors import NotFound, StoreError, VersionConflict
from databus.timestamps import utc_now

HOLD = "state/hold"
"""Name of the document."""

LEASE = timedelta(seconds=30)
RENEWAL = 10.0
"""Seconds between two renewals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Who holds a client.

    Attributes:
        by: What is being done, for people.
        until: It ends then, unless it is renewed.
        incomplete: The client is not all there yet; it is held beyond ``until``.
        token: Tells this hold from any other.
        host, pid: The process that holds.
    """

    by: str
    until: datetime
    incomplete: bool = False
    token: str = field(default_factory=lambda: uuid4().hex)
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)

    def __str__(self) -> str:
        return f"{self.by} (process {self.pid} on {self.host})"

    def is_at_work(self, now: datetime) -> bool:
        """Whether somebody still holds; the hold of a process that has died on this machine counts no more."""
        return self.until > now and not (self.host == socket.gethostname() and not _lives(self.pid))

    def is_effective(self, now: datetime) -> bool:
        """Whether nothing may be driven."""
        return self.incomplete or self.is_at_work(now)


def read_hold(database: AbstractDatabase, client_id: str) -> tuple[Hold | None, str]:
    """Return who holds a client or held it last, and the version of that document; something unreadable is nobody."""
    try:
        document = database.read_document(client_id, HOLD)
    except NotFound:
        return None, ""
    try:
        return _decoded(orjson.loads(document.content)), document.version
    except (ValueError, TypeError, KeyError):
        return None, document.version


def effective_hold(database: AbstractDatabase, client_id: str, *, now: datetime) -> Hold | None:
    """Return who holds a client now, so that it must not be driven."""
    hold, _ = read_hold(database, client_id)
    return hold if hold is not None and hold.is_effective(now) else None


class Holding:
    """Holds a client for the time of a ``with`` block, whatever becomes of the block.

    Args:
        by: What is being done, for people.
        clock: Gives the present time.

    Raises:
        StoreError: Somebody else holds it.
    """

    def __init__(
        self, database: AbstractDatabase, client_id: str, *, by: str, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._client_id = client_id
        self._clock = clock
        self._hold = Hold(by=by, until=clock() + LEASE)
        self._version = ""
        self._mutex = threading.Lock()
        self._ended = threading.Event()
        self._lost: StoreError | None = None
        self._renewing = threading.Thread(target=self._renew_often, name=f"hold {client_id}", daemon=True)

    @property
    def token(self) -> str:
        """Tells this hold from any other."""
        return self._hold.token

    @property
    def is_incomplete(self) -> bool:
        """Whether the client stays held after the block."""
        return self._hold.incomplete

    def __enter__(self) -> Self:
        now = self._clock()
        before, version = read_hold(self._database, self._client_id)
        if before is not None and before.is_at_work(now):
            raise StoreError(
                f"client {self._client_id} is held by {before}: try again when that has ended, or "
                f"{LEASE.seconds} seconds after it has died"
            )
        self._hold = replace(self._hold, incomplete=before is not None and before.incomplete)
        self._write(version)
        self._renewing.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._renewing.join()
        try:
            self._hold = replace(self._hold, until=self._clock() + (timedelta(0) if self.is_incomplete else LEASE))
            self._write(self._version)  # else whoever has taken it over meanwhile would lose it here
            if not self.is_incomplete:
                self._database.delete_document(self._client_id, HOLD)
        except VersionConflict as lost:
            if error is None:
                raise StoreError(f"client {self._client_id} could not be held to the end: {lost}") from lost
        except StoreError:
            if error is None:
                raise
            # What went wrong before is what must be told; the hold ends by itself.

    def check(self) -> None:
        """Raise StoreError where the hold could not be renewed."""
        if self._lost is not None:
            raise StoreError(f"client {self._client_id} could not be held any longer: {self._lost}") from self._lost

    def set_incomplete(self, incomplete: bool) -> None:
        """Say whether the client is held beyond the end of this process."""
        with self._mutex:
            self._hold = replace(self._hold, incomplete=incomplete)
            self._write(self._version)

    def _renew_often(self) -> None:
        while not self._ended.wait(RENEWAL):
            try:
                with self._mutex:
                    self._hold = replace(self._hold, until=self._clock() + LEASE)
                    self._write(self._version)
            except StoreError as error:  # for the thread that works, which looks at it
                self._lost = error
                if isinstance(error, VersionConflict):
                    return
            else:
                self._lost = None

    def _write(self, expected: str) -> None:
        document = self._database.write_document(
            self._client_id, HOLD, _encoded(self._hold), expected=expected, by="", now=self._clock(), backup=False
        )
        self._version = document.version


def _encoded(hold: Hold) -> bytes:
    return orjson.dumps(hold, option=orjson.OPT_INDENT_2)


def _decoded(values: dict[str, Any]) -> Hold:
    return Hold(
        by=str(values["by"]),
        until=datetime.fromisoformat(values["until"]),
        incomplete=bool(values["incomplete"]),
        token=str(values["token"]),
        host=str(values["host"]),
        pid=int(values["pid"]),
    )


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
