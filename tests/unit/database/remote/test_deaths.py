"""Either side may be killed at any moment; the other one notices and goes on."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.remote.remote_database import RemoteDatabase
from databus.database.remote.server import DatabaseServer
from databus.errors import StoreUnreachable
from tests.unit.database.remote.samples import PatternStream, VastDatabase

ROOT = Path(__file__).parents[4]

OWNER = """
import sys, threading
from databus.database.remote.server import DatabaseServer
from tests.unit.database.remote.samples import VastDatabase

class Hanging(VastDatabase):
    def clients(self):
        print("called", flush=True)
        threading.Event().wait()

    def delete_document(self, client_id, name):
        self.clients()

with DatabaseServer(Hanging({}), folder=sys.argv[1]):
    print("ready", flush=True)
    sys.stdin.read()
"""

READER = """
import sys
from databus.database.remote.remote_database import RemoteDatabase
stream = RemoteDatabase({"endpoint": sys.argv[1]}).open_attachment("demo", "1", "a")
stream.read(1)
print("reading", flush=True)
sys.stdin.read()
"""


@contextmanager
def process(program: str, argument: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", program, str(argument)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def line(running: subprocess.Popen[str]) -> str:
    assert running.stdout
    return running.stdout.readline().strip()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda remote: remote.clients(), "does not answer"),
        (lambda remote: remote.delete_document("demo", "x"), "may or may not"),
    ],
)
def test_an_owner_is_killed_during_a_call(tmp_path: Path, call: Callable[[RemoteDatabase], object], text: str) -> None:
    with process(OWNER, tmp_path) as owner, ThreadPoolExecutor(1) as pool:
        assert line(owner) == "ready"
        remote = RemoteDatabase({"endpoint": tmp_path / "owner_endpoint.json"})
        answer = pool.submit(call, remote)
        assert line(owner) == "called"
        os.kill(owner.pid, signal.SIGKILL)
        with pytest.raises(StoreUnreachable, match=text):
            answer.result(30)
        remote.close()


def test_an_owner_is_killed_while_a_content_is_read(tmp_path: Path) -> None:
    with process(OWNER, tmp_path) as owner:
        assert line(owner) == "ready"
        remote = RemoteDatabase({"endpoint": tmp_path / "owner_endpoint.json"})
        with remote.open_attachment("demo", "1", "a") as stream:
            stream.read(1)
            os.kill(owner.pid, signal.SIGKILL)
            owner.wait()
            with pytest.raises(StoreUnreachable, match="while a content was read"):
                stream.read()
        remote.close()


def test_a_caller_is_killed_while_it_reads_a_content(tmp_path: Path) -> None:
    ended = threading.Event()

    class Told(PatternStream):
        def __exit__(self, *_: object) -> None:
            ended.set()

    class Engine(MemoryDatabase):
        def open_attachment(self, client_id: str, internal_id: str, name: str) -> BinaryIO:
            return Told(VastDatabase.SIZE)  # type: ignore[return-value] # all of a BinaryIO that a server uses

    with DatabaseServer(Engine({}), folder=tmp_path, connections=1) as server:
        with process(READER, server.path) as reader:
            assert line(reader) == "reading"
            os.kill(reader.pid, signal.SIGKILL)
            assert ended.wait(30)
        remote = RemoteDatabase({"endpoint": server.path})
        assert remote.clients() == {}
        remote.close()


def test_an_owner_that_stops_lets_calls_finish(tmp_path: Path) -> None:
    inside, go_on = threading.Event(), threading.Event()

    class Slow(MemoryDatabase):
        def clients(self) -> dict[str, str]:
            inside.set()
            assert go_on.wait(30)
            return {"slow": "1"}

    server = DatabaseServer(Slow({}), folder=tmp_path)
    server.start()
    remote = RemoteDatabase({"endpoint": server.path})
    with ThreadPoolExecutor(2) as pool:
        answer = pool.submit(remote.clients)
        assert inside.wait(30)
        stopped = pool.submit(server.stop, 30.0)
        go_on.set()
        assert answer.result(30) == {"slow": "1"}
        stopped.result(30)
    remote.close()


def test_closing_wakes_a_caller_that_waits(tmp_path: Path) -> None:
    inside, go_on = threading.Event(), threading.Event()

    class Slow(MemoryDatabase):
        def delete_document(self, client_id: str, name: str) -> None:
            inside.set()
            assert go_on.wait(30)

    with DatabaseServer(Slow({}), folder=tmp_path) as server, ThreadPoolExecutor(1) as pool:
        remote = RemoteDatabase({"endpoint": server.path})
        answer = pool.submit(remote.delete_document, "demo", "x")
        assert inside.wait(30)
        remote.close()
        with pytest.raises(StoreUnreachable, match="may or may not"):
            answer.result(30)
        go_on.set()
