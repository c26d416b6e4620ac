"""HTTP connections that go only where they may, and end when their time is over. Needs the extra ``html``."""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore2
import httpx2

from databus.passenger.addresses import allowed_addresses

_NO_DECISION = 60.0


class GuardedTransport(httpx2.BaseTransport):
    """Connects to checked addresses only, and limits all that it does to a time.

    Args:
        allow_private: Allow loopback, private and other addresses that are not of the public internet.
        deadline: The time of ``time.monotonic`` at which all is over.
    """

    def __init__(self, *, allow_private: bool, deadline: float) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(), network_backend=_Backend(allow_private, deadline)
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request, and return the response with its body yet to be read."""
        url = request.url
        response = self._pool.handle_request(
            httpcore2.Request(
                request.method,
                httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    def __iter__(self) -> Any:
        return iter(self._response.iter_stream())

    def close(self) -> None:
        self._response.close()


class _Backend(httpcore2.NetworkBackend):
    """Resolves, checks, and connects to the address that was checked."""

    def __init__(self, allow_private: bool, deadline: float) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: Exception | None = None
        for address in allowed_addresses(host, port, allow_private=self._allow_private):
            try:
                left = _left(self._deadline, timeout)
                plain = self._plain.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(plain, self._deadline)
        raise failure or httpcore2.ConnectError(f"{host} has no address")


class _Stream(httpcore2.NetworkStream):
    def __init__(self, plain: httpcore2.NetworkStream, deadline: float) -> None:
        self._plain = plain
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._plain.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._plain.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._plain.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(self._deadline, timeout)
        return _Stream(self._plain.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the time limit for all links is over")
    return min(left, _NO_DECISION if timeout is None else timeout)
