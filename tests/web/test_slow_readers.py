"""Who asks and then does not read is hung up on: nothing is held for them."""

import io
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO, cast

import pytest

from databus.database.memory_db.memory_database import MemoryDatabase
from databus.timestamps import utc_now
from databus.web import impatience
from databus.web.guard import COOKIE
from databus.web.live import Live, May, as_event
from tests.web.test_web_server import received, serving
from tests.web.world import ATTACHMENT, ENTRY, HOST, OPERATOR, World

SIZE = 64 * 2**20
"""More bytes than the system keeps on their way."""

DOWNLOAD = f"/clients/acme/attachment?id={ENTRY}&name={ATTACHMENT}"


class Watched(io.RawIOBase):
    """A large content that says when it is closed."""

    def __init__(self) -> None:
        self._left = SIZE
        self.over = threading.Event()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override] # all that is ever given
        given = min(len(buffer), self._left)
        self._left -= given
        return given

    def close(self) -> None:
        super().close()
        self.over.set()


class WatchedDatabase(MemoryDatabase):
    """Gives one large content."""

    def __init__(self) -> None:
        super().__init__({})
        self.content = Watched()

    def open_attachment(self, client_id: str, internal_id: str, name: str) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, self.content)))


@pytest.fixture
def database() -> Iterator[WatchedDatabase]:
    database = WatchedDatabase()
    database.open()
    yield database
    database.close()


@contextmanager
def asking(address: tuple[str, int], world: World, path: str) -> Iterator[socket.socket]:
    """Ask for something, with little room for the answer."""
    world.now = utc_now()  # as the server's own clock says
    cookie = world.browser(OPERATOR).cookies[COOKIE]
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(60)
        connection.connect(address)
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: {HOST}\r\ncookie: {COOKIE}={cookie}\r\n\r\n".encode())
        yield connection


def read_to_the_end(connection: socket.socket) -> int:
    """Return how many bytes come until the server hangs up."""
    size = 0
    while piece := received(connection):
        size += len(piece)
    return size


def test_a_download_that_nobody_reads_ends(
    world: World, database: WatchedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impatience, "PATIENCE", 0.2)
    with serving(database) as address, asking(address, world, DOWNLOAD) as connection:
        assert database.content.over.wait(60)
        assert 0 < read_to_the_end(connection) < SIZE


def test_a_download_that_somebody_reads_comes_whole(
    world: World, database: WatchedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impatience, "PIECE", 1)  # so that each byte counts as progress
    with serving(database) as address, asking(address, world, DOWNLOAD) as connection:
        received = 0
        while received < SIZE:
            piece = connection.recv(2**16)
            assert piece
            received += len(piece)


def test_a_page_that_nobody_reads_keeps_no_place(
    world: World, database: WatchedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it is written by then, and uvicorn alone would wait for ever until it is taken."""
    monkeypatch.setattr(impatience, "PATIENCE", 0.2)
    lost = threading.Event()
    connection_lost = impatience.ImpatientProtocol.connection_lost

    def noted(self: impatience.ImpatientProtocol, exc: Exception | None) -> None:
        connection_lost(self, exc)
        lost.set()

    monkeypatch.setattr(impatience.ImpatientProtocol, "connection_lost", noted)
    monkeypatch.setattr("databus.web.rendering.part", lambda *_, **__: "x" * SIZE)
    with serving(database) as address, asking(address, world, "/login") as connection:
        assert lost.wait(60)
        assert read_to_the_end(connection) < SIZE


def test_who_watches_and_does_not_read_is_watched_for_no_more(
    world: World, database: WatchedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impatience, "PATIENCE", 0.2)
    over = threading.Event()
    follow = Live.follow

    async def noted(self: Live, name: str, look: Callable[[], str], may: May) -> AsyncIterator[str]:
        try:
            async for event in follow(self, name, look, may):
                yield event + as_event("x" * SIZE)
        finally:
            over.set()

    monkeypatch.setattr(Live, "follow", noted)
    with serving(database) as address, asking(address, world, "/clients/acme/live") as connection:
        assert over.wait(60)
        assert read_to_the_end(connection) < SIZE
