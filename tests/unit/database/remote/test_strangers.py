"""Who does not know the token, or does not speak the protocol, gets nowhere and leaves nothing."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.remote.endpoint import Endpoint
from databus.database.remote.handshake import PROTOCOL, Refusal, introduce
from databus.database.remote.remote_database import RemoteDatabase
from databus.database.remote.server import DatabaseServer
from databus.database.remote.wire import ConnectionLost, Kind, Wire
from databus.errors import StoreUnreachable


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[DatabaseServer]:
    """A server that gives up quickly."""
    with DatabaseServer(MemoryDatabase({}), folder=tmp_path, handshake_time=0.05, patience=0.05) as running:
        yield running


def connect(server: DatabaseServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.endpoint.port), timeout=30)


def caller(server: DatabaseServer) -> Wire:
    wire = Wire(connect(server))
    introduce(wire, server.endpoint.secret)
    return wire


def everything(sock: socket.socket) -> bytes:
    """Return what comes until the other side ends the connection."""
    received = b""
    try:
        while piece := sock.recv(4096):
            received += piece
    except ConnectionResetError:
        pass
    return received


def assert_still_serves(server: DatabaseServer) -> None:
    database = RemoteDatabase({"endpoint": server.path})
    database.open()
    assert database.clients() == {}
    database.close()


def test_a_wrong_token_is_refused(server: DatabaseServer) -> None:
    with closing(Wire(connect(server))) as wire, pytest.raises(Refusal, match="token"):
        introduce(wire, bytes(32))
    assert_still_serves(server)


def test_another_protocol_is_refused_with_a_remedy(server: DatabaseServer) -> None:
    with closing(Wire(connect(server))) as wire, pytest.raises(Refusal, match="restart"):
        introduce(wire, server.endpoint.secret, PROTOCOL + 1)
    assert_still_serves(server)


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"x" * 100, b"\xff" * 5000, bytes(58)])
def test_garbage_is_cut_off(server: DatabaseServer, garbage: bytes) -> None:
    with connect(server) as sock:
        sock.sendall(garbage)
        assert everything(sock) in (b"", b"-" + bytes(32))
    assert_still_serves(server)


def test_who_says_nothing_is_cut_off(hasty: DatabaseServer) -> None:
    with connect(hasty) as sock:
        sock.sendall(b"databus\n")
        assert everything(sock) == b""
    assert hasty.path.exists()


@pytest.mark.parametrize(
    "frame",
    [
        struct.pack(">cI", b"M", 0xFFFF_FFFF),
        struct.pack(">cI", b"C", 0x7FFF_FFFF),
        struct.pack(">cI", b"?", 1) + b"?",
        struct.pack(">cI", b"E", 0),
        struct.pack(">cI", b"M", 3) + b"{{{",
        struct.pack(">cI", b"M", 2) + b"[]",
        struct.pack(">cI", b"M", 60_000) + b"[" * 60_000,
    ],
    ids=["huge message", "huge chunk", "unknown kind", "end", "no JSON", "no object", "deep"],
)
def test_a_wrong_frame_ends_the_connection(server: DatabaseServer, frame: bytes) -> None:
    with closing(caller(server)) as wire:
        wire.send_raw(frame)
        with pytest.raises(ConnectionLost):
            wire.receive()
    assert_still_serves(server)


def test_half_a_frame_is_given_up(hasty: DatabaseServer) -> None:
    with closing(caller(hasty)) as wire:
        wire.send_raw(struct.pack(">cI", b"M", 100) + b'{"method"')
        with pytest.raises(ConnectionLost):
            wire.receive()


def test_half_a_content_changes_nothing(server: DatabaseServer, database: MemoryDatabase) -> None:
    with closing(caller(server)) as wire:
        wire.send_message({"method": "delete_client", "arguments": {"client_id": "demo"}, "contents": 1})
        wire.send(Kind.CHUNK, b"half")
    assert_still_serves(server)


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"method": "close", "arguments": {}},
        {"method": "open", "arguments": {}},
        {"method": "__class__", "arguments": {}},
        {"method": "clients"},
        {"method": "clients", "arguments": {"x": 1}},
        {"method": "counts", "arguments": {"client_id": 1, "now": "2026-01-01T00:00:00+00:00"}},
        {"method": "counts", "arguments": {"client_id": "x", "now": "yesterday"}},
        {"method": "counts", "arguments": {}},
    ],
)
def test_a_wrong_call_is_answered_and_the_connection_goes_on(
    server: DatabaseServer, request_: dict[str, object]
) -> None:
    with closing(caller(server)) as wire:
        wire.send_message(request_)
        assert wire.receive_message()["error"]["class"] == "StoreError"
        wire.send_message({"method": "clients", "arguments": {}})
        assert wire.receive_message() == {"result": {}}


def test_strangers_that_fill_all_places_do_not_stay(tmp_path: Path) -> None:
    with DatabaseServer(MemoryDatabase({}), folder=tmp_path, connections=2, handshake_time=0.05) as server:
        silent = [connect(server) for _ in range(6)]
        assert_still_serves(server)
        for sock in silent:
            sock.close()


def test_an_impostor_on_the_port_is_not_believed(tmp_path: Path) -> None:
    def pretend() -> None:
        with listener.accept()[0] as sock:
            sock.recv(58, socket.MSG_WAITALL)
            sock.sendall(b"+" + bytes(32))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Endpoint(port=listener.getsockname()[1]).write(tmp_path / "owner_endpoint.json")
        impostor = threading.Thread(target=pretend)
        impostor.start()
        with pytest.raises(StoreUnreachable, match="does not know our token"):
            RemoteDatabase({"endpoint": tmp_path / "owner_endpoint.json"}).open()
        impostor.join()
