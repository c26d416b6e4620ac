"""Behind a reverse proxy: what it says of who asks is believed, and what anybody else says is not."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import LogQuery
from databus.dispatcher.abstract_web_server import WebTicket
from databus.errors import DatabusError
from databus.web.proxies import believed
from databus.web.web_server import WebServer
from tests.web.test_web_server import request, serving, talk
from tests.web.world import HOST, PASSWORD, World

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)

Address = tuple[str, int]

OVER_TLS = ("x-forwarded-for: 198.51.100.7", "x-forwarded-proto: https")


@pytest.fixture
def behind(world: World, database: AbstractDatabase) -> Iterator[Address]:
    """Where a server listens that trusts the proxy on this machine."""
    with serving(database, trusted_proxies=["127.0.0.1"]) as address:
        yield address


@pytest.fixture
def beside(world: World, database: AbstractDatabase) -> Iterator[Address]:
    """Where a server listens that trusts a proxy elsewhere."""
    with serving(database, trusted_proxies=["192.0.2.0/24"]) as address:
        yield address


def log_in(address: Address, *headers: str, password: str = PASSWORD, user: str = "administrator") -> str:
    """Fill in the form; return the answer."""
    form = talk(address, request("GET /login HTTP/1.1", *headers))
    token = found[1] if (found := re.search(r'name="token" value="([^"]+)"', form)) else ""
    cookie = found[1] if (found := re.search(r"(databus_login=[^;]+);", form)) else ""
    body = urlencode({"client": "acme", "username": user, "password": password, "token": token}).encode()
    kind = "content-type: application/x-www-form-urlencoded"
    head = (kind, f"content-length: {len(body)}", f"cookie: {cookie}", *headers)
    return talk(address, request("POST /login HTTP/1.1", *head, body=body))


def logged(world: World) -> str:
    """Return all that stands in acme's logs."""
    heads = world.database.find_logs(LogQuery(client_id="acme")).items
    lines = [line for head in heads for line in world.database.read_log("acme", head.guid)[1]]
    return "\n".join(line.message for line in lines)


def test_the_address_that_a_trusted_proxy_names_is_the_one_that_counts(world: World, behind: Address) -> None:
    for _ in range(10):
        assert log_in(behind, *OVER_TLS, password="wrong").startswith("HTTP/1.1 401 ")
    assert log_in(behind, *OVER_TLS).startswith("HTTP/1.1 429 ")
    assert log_in(behind, "x-forwarded-for: 198.51.100.8").startswith("HTTP/1.1 303 ")
    assert "logged in from 198.51.100.8" in logged(world)


def test_who_comes_through_a_trusted_proxy_cannot_choose_an_address(world: World, behind: Address) -> None:
    """A proxy adds what it sees to what came; only the last one that is no proxy of ours counts."""
    assert log_in(behind, "x-forwarded-for: 203.0.113.1, 198.51.100.9, 127.0.0.1").startswith("HTTP/1.1 303 ")
    assert "logged in from 198.51.100.9" in logged(world)


def test_over_tls_cookies_are_only_sent_over_tls_and_the_browser_comes_back_so(behind: Address) -> None:
    answer = log_in(behind, *OVER_TLS).lower()
    assert re.search(r"set-cookie: databus_session=[^\r]*; secure", answer)
    assert "strict-transport-security: max-age=31536000\r\n" in answer
    for path in ("/static/app.css", "/nowhere", "/api/v1/clients"):
        answer = talk(behind, request(f"GET {path} HTTP/1.1", "x-forwarded-proto: https")).lower()
        assert "strict-transport-security:" in answer


def test_without_tls_neither_is_said(behind: Address) -> None:
    answer = log_in(behind, "x-forwarded-proto: http").lower()
    assert answer.startswith("http/1.1 303 ")
    assert "; secure" not in answer
    assert "strict-transport-security" not in answer


def test_nobody_else_is_believed(world: World, beside: Address) -> None:
    answer = log_in(beside, *OVER_TLS).lower()
    assert "; secure" not in answer
    assert "strict-transport-security" not in answer
    assert "logged in from 127.0.0.1" in logged(world)


def test_over_tls_a_page_that_came_without_is_another_sites(behind: Address) -> None:
    ours = (*OVER_TLS, f"origin: https://{HOST}")
    assert log_in(behind, *ours).startswith("HTTP/1.1 303 ")
    foreign = (*OVER_TLS, f"origin: http://{HOST}")
    assert log_in(behind, *foreign).startswith("HTTP/1.1 403 ")


def test_a_proxy_that_is_not_declared_may_speak_tls(beside: Address) -> None:
    for scheme in ("http", "https"):
        assert log_in(beside, f"origin: {scheme}://{HOST}").startswith("HTTP/1.1 303 ")


@pytest.mark.parametrize("proxy", ["*", "proxy.example", "127.0.0.1:80", "10.0.0.0/33", ""])
def test_a_proxy_is_an_address_or_a_network(database: AbstractDatabase, proxy: str) -> None:
    with pytest.raises(DatabusError, match="no trusted proxy"):
        WebServer(WebTicket(database=database, host="127.0.0.1", port=0, alias="Test", trusted_proxies=[proxy]))


def test_a_proxy_is_known_whichever_way_its_address_is_seen(database: AbstractDatabase) -> None:
    assert believed(["127.0.0.1", "10.1.0.0/16", "fd00::1"]) == [
        "127.0.0.1/32", "::ffff:127.0.0.1/128", "10.1.0.0/16", "::ffff:10.1.0.0/112", "fd00::1/128",
    ]  # fmt: skip
