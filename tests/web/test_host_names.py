"""Pages of somebody else's whose name leads to this machine read nothing of ours."""

import socket
from collections.abc import Sequence

import orjson
import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.web.host_names import names_of
from tests.web.test_web_server import serving, talk
from tests.web.world import World

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)


def ask(address: tuple[str, int], host: str, path: str = "/login") -> str:
    head = f"GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    return talk(address, head.encode("latin-1"))


def status(answer: str) -> int:
    return int(answer.split(" ", 2)[1])


@pytest.mark.parametrize("names", [[], ["databus.example"]], ids=["by default", "as an operator says"])
def test_another_name_is_refused_with_what_to_do(
    world: World, database: AbstractDatabase, names: Sequence[str]
) -> None:
    with serving(database, host_names=names) as address:
        for path in ("/login", "/static/app.css", "/healthz", "/clients/acme"):
            answer = ask(address, "evil.example:5000", path)
            assert status(answer) == 421
            assert "--host-name" in answer
            assert "content-security-policy:" in answer
        problem = ask(address, "evil.example", "/api/v1/clients")
        assert "application/problem+json" in problem
        assert "evil.example" in orjson.loads(problem.partition("\r\n\r\n")[2])["detail"]


def test_nothing_is_changed_under_another_name(world: World, database: AbstractDatabase) -> None:
    with serving(database) as address:
        head = b"POST /logout HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        assert status(talk(address, head)) == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:5000", "127.0.0.1:5000", "[::1]:5000", "localhost."])
@pytest.mark.parametrize("names", [[], ["databus.example"]], ids=["by default", "as an operator says"])
def test_this_machine_is_always_known(
    world: World, database: AbstractDatabase, host: str, names: Sequence[str]
) -> None:
    with serving(database, host_names=names) as address:
        assert status(ask(address, host)) == 200


@pytest.mark.parametrize("host", ["", "[", "[::1", ":5000"])
def test_a_request_for_no_host_is_refused(world: World, database: AbstractDatabase, host: str) -> None:
    with serving(database) as address:
        assert status(ask(address, host)) == 400


def test_a_request_of_old_that_names_no_host_is_refused(world: World, database: AbstractDatabase) -> None:
    with serving(database) as address:
        assert status(talk(address, b"GET /login HTTP/1.0\r\n\r\n")) == 400


def test_a_name_in_the_refusal_is_inert(world: World, database: AbstractDatabase) -> None:
    with serving(database) as address:
        answer = ask(address, "<script>alert(1)</script>")
        assert status(answer) in (400, 421)
        assert "<script>alert" not in answer


def test_who_lets_others_in_is_known_by_address_and_by_the_names_of_the_machine(database: AbstractDatabase) -> None:
    names = names_of("0.0.0.0", [])
    own = [socket.gethostname().lower(), socket.getfqdn().lower()]
    assert all(names.know(each) for each in ("192.0.2.7", "2001:db8::7", *own))
    assert not names.know("evil.example")
    assert not names.know("192.0.2.7.evil.example")


def test_where_it_listens_is_a_name_of_its_own(database: AbstractDatabase) -> None:
    assert names_of("databus.internal", []).know("databus.internal")


def test_what_an_operator_says_is_all_there_is(database: AbstractDatabase) -> None:
    names = names_of("0.0.0.0", ["Databus.example"])
    assert names.know("databus.example")
    assert not names.know("192.0.2.7")
    assert not names.know("www.databus.example")


def test_a_star_is_every_name(database: AbstractDatabase) -> None:
    assert names_of("0.0.0.0", ["*"]).know("whatever.example")
