"""The file that says where the owner listens."""

import os
import socket
import stat
from pathlib import Path

import orjson
import pytest

from databus import __version__
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.remote.endpoint import Endpoint
from databus.database.remote.remote_database import RemoteDatabase
from databus.database.remote.server import DatabaseServer
from databus.errors import ConfigError, StoreError, StoreUnreachable


def test_it_is_there_while_the_server_runs(tmp_path: Path) -> None:
    with DatabaseServer(MemoryDatabase({}), folder=tmp_path) as server:
        assert server.path == tmp_path / "owner_endpoint.json"
        assert stat.S_IMODE(server.path.stat().st_mode) == 0o600
        values = orjson.loads(server.path.read_bytes())
        assert set(values) == {"port", "token", "pid", "host", "started", "version"}
        assert (values["pid"], values["host"], values["version"]) == (os.getpid(), socket.gethostname(), __version__)
        assert len(bytes.fromhex(values["token"])) == 32
    assert list(tmp_path.iterdir()) == []
    server.stop()


def test_its_token_is_not_shown() -> None:
    endpoint = Endpoint(port=1)
    assert endpoint.token not in repr(endpoint) + str(endpoint)
    assert Endpoint(port=1).token != endpoint.token


def test_a_server_leaves_the_file_of_its_successor(tmp_path: Path) -> None:
    with DatabaseServer(MemoryDatabase({}), folder=tmp_path) as first:
        second = DatabaseServer(MemoryDatabase({}), folder=tmp_path)
        second.start()
        first.stop()
        assert Endpoint.read(second.path) == second.endpoint
        second.stop()


def test_a_server_that_cannot_write_it_does_not_start(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match="cannot be written"),
        DatabaseServer(MemoryDatabase({}), folder=tmp_path / "missing"),
    ):
        pass


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"{}", b'{"port": 1}', b"\xff\0"])
def test_a_broken_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "owner_endpoint.json"
    path.write_bytes(content)
    with pytest.raises(StoreUnreachable, match="does not say where the owner"):
        RemoteDatabase({"endpoint": path}).open()


@pytest.mark.parametrize("change", [{"port": 99999}, {"port": 1}, {"port": -1}, {"host": "elsewhere"}])
def test_an_owner_that_cannot_be_reached_is_one_sentence(server: DatabaseServer, change: dict[str, object]) -> None:
    values = orjson.loads(server.path.read_bytes()) | change
    path = server.path.with_name("changed.json")
    path.write_bytes(orjson.dumps(values))
    with pytest.raises(StoreUnreachable, match=f"process {os.getpid()}"):
        RemoteDatabase({"endpoint": path}).open()


def test_no_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="No running process serves"):
        RemoteDatabase({"endpoint": str(tmp_path / "none.json")}).open()


@pytest.mark.parametrize("arguments", [{}, {"endpoint": 1}, {"endpoint": "x", "port": 1}, {"path": "x"}])
def test_wrong_arguments_are_told(arguments: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="endpoint"):
        RemoteDatabase(arguments)
