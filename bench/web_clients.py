"""Programs and people that ask: each with a connection of its own that stays open."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import quantiles

from bench.web_served import Served

PATIENCE = 60.0
"""Seconds that an answer may take."""

BOUNDARY = "a-boundary-of-the-measurement"


@dataclass(slots=True)
class Answers:
    """What came back.

    Attributes:
        seconds: Of each answer.
        largest: Bytes of the largest one.
    """

    seconds: list[float] = field(default_factory=list)
    largest: int = 0

    def percentile_ms(self, percent: int) -> float:
        """Return what so many percent of the answers took at most."""
        return quantiles(self.seconds, n=100, method="inclusive")[percent - 1] * 1000


class Asking:
    """One client, with a connection that stays open.

    It speaks just as much HTTP as our answers need: who asks runs on the same processors as who answers.
    """

    def __init__(self, server: Served, headers: Mapping[str, str]) -> None:
        self._connection = socket.create_connection((server.host, server.port), PATIENCE)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._connection.makefile("rb")
        lines = {"host": f"{server.host}:{server.port}", **headers}
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in lines.items())

    def get(self, path: str) -> bytes:
        """Return an answer's body."""
        self._connection.sendall(f"GET {path} HTTP/1.1\r\n{self._headers}\r\n".encode())
        return self._body(200, path)

    def hand_over(self, path: str, external_id: str, content: str) -> None:
        """Hand a passenger with an attachment over; return when it is stored."""
        parts = {'name="external_id"': external_id, 'name="file"; filename="document.txt"': content}
        form = "".join(
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; {name}\r\n\r\n{value}\r\n"
            for name, value in parts.items()
        )
        body = f"{form}--{BOUNDARY}--\r\n".encode()
        kind = f"content-type: multipart/form-data; boundary={BOUNDARY}\r\ncontent-length: {len(body)}\r\n"
        self._connection.sendall(f"POST {path} HTTP/1.1\r\n{self._headers}{kind}\r\n".encode() + body)
        self._body(201, path)

    def close(self) -> None:
        self._answers.close()
        self._connection.close()

    def _body(self, expected: int, path: str) -> bytes:
        status = int(self._answers.readline().split()[1])
        length = 0
        while (line := self._answers.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = self._answers.read(length)
        if status != expected:
            raise RuntimeError(f"{path} answers {status}: {body[:500]!r}")
        return body


def ask_again(server: Served, headers: Mapping[str, str], path: str, times: int) -> Answers:
    """Let one client ask for an address, again and again."""
    asking, answers = Asking(server, headers), Answers()
    asking.get(path)  # the first one warms up
    for _ in range(times):
        began = time.perf_counter()
        body = asking.get(path)
        answers.seconds.append(time.perf_counter() - began)
        answers.largest = max(answers.largest, len(body))
    asking.close()
    return answers


def side_by_side(clients: int, work: Callable[[int], None]) -> float:
    """Let so many clients work at the same time; return the seconds until the last has done it."""
    errors: list[Exception] = []

    def run(number: int) -> None:
        try:
            work(number)
        except Exception as error:  # noqa: BLE001 - the border of a thread: the one that has begun it raises it
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if errors:
        raise errors[0]
    return seconds


@contextmanager
def asked_meanwhile(
    server: Served, people: Sequence[Mapping[str, str]], paths: Sequence[str], *, per_second: float
) -> Iterator[Answers]:
    """Let people ask, so often per second all together, while something else is done.

    Args:
        people: Headers of the requests of each.
        paths: What each asks for.
    """
    answers, over = Answers(), threading.Event()

    def ask(number: int) -> None:
        asking, pause = Asking(server, people[number]), len(people) / per_second
        due = time.perf_counter() + number / per_second
        while not over.wait(max(0.0, due - time.perf_counter())):
            began = time.perf_counter()
            body = asking.get(paths[number])
            answers.seconds.append(time.perf_counter() - began)
            answers.largest = max(answers.largest, len(body))
            due += pause
        asking.close()

    thread = threading.Thread(target=side_by_side, args=(len(people), ask))
    thread.start()
    try:
        yield answers
    finally:
        over.set()
        thread.join()


@contextmanager
def watching(server: Served, headers: Mapping[str, str], path: str, watchers: int) -> Iterator[None]:
    """Let so many watch an address of events; each has had its first one."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {path} HTTP/1.1\r\nhost: {server.host}\r\n{lines}\r\n".encode()
    with ExitStack() as stack:
        connections = [socket.create_connection((server.host, server.port), PATIENCE) for _ in range(watchers)]
        for connection in connections:
            stack.callback(connection.close)
            connection.sendall(request)
        for connection in connections:
            _read_event(connection)
        yield


def _read_event(connection: socket.socket) -> None:
    received = b""
    while b"\ndata:" not in received:
        piece = connection.recv(2**16)
        if not piece:
            raise RuntimeError(f"who watches got nothing but {received[:500]!r}")
        received += piece
