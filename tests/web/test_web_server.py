"""The pages as uvicorn serves them, over real connections."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from urllib.parse import urlsplit

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.abstract_web_server import WebTicket
from databus.web import impatience
from databus.web.headers import LARGEST_FORM
from databus.web.impatience import LARGEST_HEAD
from databus.web.web_server import WebServer
from tests.web.world import HOST, World

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)


@contextmanager
def serving(
    database: AbstractDatabase, *, trusted_proxies: Sequence[str] = (), host_names: Sequence[str] = (HOST, "a")
) -> Iterator[tuple[str, int]]:
    """Let a server listen; give where."""
    server = WebServer(
        WebTicket(
            database=database,
            host="127.0.0.1",
            port=0,
            alias="Test",
            trusted_proxies=trusted_proxies,
            host_names=host_names,
        )
    )
    url = urlsplit(server.listen())
    server.serve()
    assert url.hostname
    assert url.port
    yield url.hostname, url.port
    server.stop()


@pytest.fixture
def address(world: World, database: AbstractDatabase) -> Iterator[tuple[str, int]]:
    """Where a server listens."""
    with serving(database) as address:
        yield address


def talk(address: tuple[str, int], request: bytes) -> str:
    """Send something and return all that comes until the server hangs up."""
    with closing(socket.create_connection(address, timeout=30)) as connection:
        connection.sendall(request)
        answer = b""
        while piece := received(connection):
            answer += piece
        return answer.decode("latin-1")


def _send_in_pieces(connection: socket.socket, content: bytes) -> None:
    for start in range(0, len(content), 5000):
        with suppress(ConnectionError):  # it has hung up already
            connection.sendall(content[start : start + 5000])


def received(connection: socket.socket) -> bytes:
    """Return what comes next; nothing where the server has hung up."""
    try:
        return connection.recv(2**16)
    except ConnectionResetError:  # it has hung up on what we were still sending
        return b""


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([line, "host: databus.example", "connection: close", *headers, "", ""]).encode("latin-1") + body


def test_no_answer_names_the_server(address: tuple[str, int]) -> None:
    for path in ("/login", "/nowhere", "/static/app.css"):
        head = talk(address, request(f"GET {path} HTTP/1.1")).partition("\r\n\r\n")[0].lower()
        assert "content-security-policy:" in head
        assert "server:" not in head
        assert "uvicorn" not in head


def test_a_body_that_is_announced_too_large_is_answered_before_it_comes(address: tuple[str, int]) -> None:
    answer = talk(address, request("POST /login HTTP/1.1", f"content-length: {10**12}"))
    assert answer.startswith("HTTP/1.1 413 ")
    assert "content-security-policy:" in answer


def test_a_body_without_an_end_is_answered_at_the_limit(address: tuple[str, int]) -> None:
    kinds = ("transfer-encoding: chunked", "content-type: application/x-www-form-urlencoded")
    piece = b"10000\r\n" + b"&" + b"x" * (2**16 - 1) + b"\r\n"
    with closing(socket.create_connection(address, timeout=30)) as connection:
        connection.sendall(request("POST /login HTTP/1.1", *kinds))
        for _ in range(LARGEST_FORM // 2**16 + 1):
            connection.sendall(piece)
        assert connection.recv(2**16).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /login\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET /login HTTP/1.1\r\n\r\n",
        b"GET /login HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n",
        b"GET /login HTTP/1.1\r\nhost: [\r\nconnection: close\r\n\r\n",
        b"GET http://evil.example/login HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"GET //evil.example/%2e%2e HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"GET /clients/%ff%00%0d%0a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"GET /static/../app.py HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"GET /static//etc/passwd HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"GET /static/..%2f..%2fapp.py HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"POST /login HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\nconnection: close\r\n\r\nxxxxx",
        b"POST /login HTTP/1.1\r\nhost: a\r\ncontent-length: -5\r\nconnection: close\r\n\r\n",
        b"GET /login HTTP/1.1\r\nhost: a\r\nx: " + b"y" * LARGEST_HEAD * 2 + b"\r\nconnection: close\r\n\r\n",
        b"GET /" + b"y" * LARGEST_HEAD * 2 + b" HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    ],
)
def test_nothing_that_is_sent_breaks_the_server(address: tuple[str, int], raw: bytes) -> None:
    answer = talk(address, raw)
    assert not answer.startswith("HTTP/1.1 5")
    assert "location: http" not in answer
    assert "Traceback" not in answer
    assert "def create_app" not in answer
    assert "root:" not in answer
    assert talk(address, request("GET /login HTTP/1.1")).startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize("start", [b"GET /login HTTP/1.1\r\nhost: a\r\nx: ", b"GET /", b"\r\n" * 10])
def test_a_head_without_an_end_is_refused_at_the_limit(address: tuple[str, int], start: bytes) -> None:
    with closing(socket.create_connection(address, timeout=30)) as connection:
        connection.sendall(b"GET /login HTTP/1.1\r\nhost: a\r\n\r\n")
        assert connection.recv(2**16).startswith(b"HTTP/1.1 200 ")
        _send_in_pieces(connection, start + b"y" * 16 * LARGEST_HEAD)
        answer = b""
        while piece := received(connection):
            answer += piece
    assert b"HTTP/1.1 400 " in answer


def test_a_head_that_is_too_large_is_refused_where_it_comes_in_one_piece(address: tuple[str, int]) -> None:
    headers = [f"x-{number}: {'y' * 1000}" for number in range(LARGEST_HEAD // 1000 + 1)]
    assert talk(address, request("GET /login HTTP/1.1", *headers[:-2])).startswith("HTTP/1.1 200 ")
    assert talk(address, request("GET /login HTTP/1.1", *headers)).startswith("HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "trailer", [b"a: b\r\n" * 10_000, b"x-forwarded-for: 198.51.100.1\r\n\r\n", b"a: " + b"b" * 4 * LARGEST_HEAD]
)
def test_headers_behind_a_body_are_refused(address: tuple[str, int], trailer: bytes) -> None:
    kinds = ("transfer-encoding: chunked", "content-type: application/x-www-form-urlencoded")
    with closing(socket.create_connection(address, timeout=30)) as connection:
        connection.sendall(request("POST /login HTTP/1.1", *kinds) + b"3\r\na=b\r\n0\r\n")
        _send_in_pieces(connection, trailer)
        assert received(connection).startswith(b"HTTP/1.1 400 ")


def test_a_body_in_pieces_of_any_size_is_taken(address: tuple[str, int]) -> None:
    kinds = ("transfer-encoding: chunked", "content-type: application/x-www-form-urlencoded")
    chunks = b"".join(b"%x\r\n&%s\r\n" % (size + 1, b"x" * size) for size in (1, 2**15, 2**16, 2**17, 5))
    answer = talk(address, request("POST /login HTTP/1.1", *kinds, body=chunks + b"0\r\n\r\n"))
    assert answer.startswith("HTTP/1.1 403 "), "it was taken, and came from no page of ours"


@pytest.mark.parametrize(
    "headers",
    [
        ["content-length: 3", "transfer-encoding: chunked"],
        ["transfer-encoding: chunked", "transfer-encoding: identity"],
        ["content-length: 3", "content-length: 4"],
        ["content-length : 3"],
    ],
)
def test_a_body_whose_length_can_be_read_in_two_ways_is_refused(address: tuple[str, int], headers: list[str]) -> None:
    """Else what a proxy takes for one request may be two here: the second one would be in somebody else's name."""
    smuggled = b"0\r\n\r\nGET /about HTTP/1.1\r\nhost: a\r\n\r\n"
    answer = talk(address, request("POST /login HTTP/1.1", *headers) + smuggled)
    assert answer.startswith("HTTP/1.1 400 ")
    assert answer.count("HTTP/1.1 ") == 1


def test_a_browser_that_says_where_it_comes_from_is_not_believed(world: World, address: tuple[str, int]) -> None:
    """Else everybody could guess passwords from as many addresses as they like, and write them into the log."""
    answer = talk(address, request("GET / HTTP/1.1", "x-forwarded-proto: https", "x-forwarded-for: 198.51.100.1"))
    assert answer.startswith("HTTP/1.1 303 ")
    form = talk(address, request("GET /login HTTP/1.1", "x-forwarded-proto: https"))
    assert "; secure" not in form.lower()


# -- who takes for ever -----------------------------------------------------------------------------------------------

BEGINNINGS = [
    b"",
    b"GET /login HTT",
    b"GET /login HTTP/1.1\r\nhost: a\r\nx: ",
    b"POST /login HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n",
    b"POST /login HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
]


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_who_does_not_come_to_an_end_is_hung_up_on(
    world: World, database: AbstractDatabase, monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr(impatience, "PATIENCE", 0.1)
    with serving(database) as address, closing(socket.create_connection(address, timeout=4)) as connection:
        connection.sendall(beginning)
        while received(connection):
            pass


def test_who_does_not_come_to_an_end_of_a_second_request_is_hung_up_on(
    world: World, database: AbstractDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impatience, "PATIENCE", 0.1)
    with serving(database) as address, closing(socket.create_connection(address, timeout=4)) as connection:
        connection.sendall(b"HEAD /static/icon.svg HTTP/1.1\r\nhost: a\r\n\r\n")
        assert connection.recv(2**16).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET /log")
        while received(connection):
            pass


def test_who_is_slow_but_goes_on_is_waited_for(
    world: World, database: AbstractDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impatience, "PIECE", 1)  # so that each byte counts as progress
    head = request("POST /login HTTP/1.1", "content-type: application/x-www-form-urlencoded", "content-length: 3")
    with serving(database) as address, closing(socket.create_connection(address, timeout=30)) as connection:
        for piece in (head[:20], head[20:], b"a", b"=", b"b"):
            connection.sendall(piece)
        assert connection.recv(2**16).startswith(b"HTTP/1.1 403 ")


def test_a_server_that_ends_does_not_wait_for_who_is_slow(
    world: World, database: AbstractDatabase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(impatience, "ENDING", 0.05)
    headers = ("content-type: application/x-www-form-urlencoded", "content-length: 100", "expect: 100-continue")
    with serving(database) as address:
        connection = socket.create_connection(address, timeout=30)
        connection.sendall(request("POST /login HTTP/1.1", *headers))
        assert connection.recv(2**16).startswith(b"HTTP/1.1 100 ")  # somebody waits for the rest
    with closing(connection):
        assert received(connection) == b""
    assert caplog.records == []
