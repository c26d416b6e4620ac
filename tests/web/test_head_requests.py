"""HEAD, by which monitors and load balancers ask whether somebody is there."""

import socket
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from databus.database.abstract_database import AbstractDatabase
from databus.timestamps import utc_now
from databus.web.guard import COOKIE
from databus.web.head_requests import HeadAsGet
from tests.web.test_web_server import serving
from tests.web.world import ADMINISTRATOR, World

ACME = "/clients/acme"


@pytest.mark.parametrize("database", ["memory_db"], indirect=True)
@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/login", f"/api/v1{ACME}/queue", f"{ACME}/queue.csv", f"{ACME}/live"]
)
def test_the_server_sends_the_head_alone(world: World, database: AbstractDatabase, path: str) -> None:
    """What follows on the same connection would come behind a body, if there were one: also behind a stream."""
    world.now = utc_now()  # the server has a clock of its own
    cookie = world.browser(ADMINISTRATOR).cookies[COOKIE]
    with serving(database) as address, closing(socket.create_connection(address, timeout=30)) as connection:
        for method, more in (("HEAD", ""), ("DELETE", "connection: close\r\n")):
            head = f"{method} {path} HTTP/1.1\r\nhost: a\r\ncookie: {COOKIE}={cookie}\r\n{more}\r\n"
            connection.sendall(head.encode())
        answer = b""
        while piece := connection.recv(2**16):
            answer += piece
    first, _, rest = answer.decode("latin-1").partition("\r\n\r\n")
    assert first.startswith("HTTP/1.1 200 ")
    assert rest.startswith("HTTP/1.1 405 ")


def test_a_stream_without_an_end_ends() -> None:
    closed = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"more"
        finally:
            closed.append(True)

    async def stream(request: Request) -> StreamingResponse:
        return StreamingResponse(endless())

    app = HeadAsGet(Starlette(routes=[Route("/", stream, methods=["GET"])]))
    assert TestClient(app).head("/").status_code == 200
    assert closed
