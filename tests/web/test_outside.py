"""Other machines are not let in with a password that everybody knows, whatever starts the page."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from databus.client.passwords import hash_password
from databus.database.abstract_database import AbstractDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import CONFIG
from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.dispatcher.abstract_web_server import WebTicket
from databus.dispatcher.primal_dispatcher import PrimalDispatcher
from databus.errors import DatabusError
from databus.timestamps import utc_now
from databus.web.outside import check_passwords, lets_others_in

OPEN = {"username": "demo", "password": "demo", "role": "administrator"}


@pytest.fixture
def database() -> Iterator[AbstractDatabase]:
    database = MemoryDatabase({})
    database.open()
    yield database
    database.close()


def ticket_of(database: AbstractDatabase, host: str = "0.0.0.0", **more: Any) -> WebTicket:
    return WebTicket(database=database, host=host, port=0, alias="Test", **more)


def _add(database: AbstractDatabase, client: str, *users: dict[str, str], content: bytes = b"") -> None:
    content = content or json.dumps({"passengers": [], "users": users}).encode()
    database.write_document(client, CONFIG, content, expected="", by="", now=utc_now())


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1", "127.0.0.2", "::1"])
def test_this_machine_is_no_other(database: AbstractDatabase, host: str) -> None:
    assert not lets_others_in(ticket_of(database, host))
    assert not lets_others_in(ticket_of(database, host, host_names=["localhost", host]))


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.0.2.1", "databus.example"])
def test_other_machines_are_let_in(database: AbstractDatabase, host: str) -> None:
    assert lets_others_in(ticket_of(database, host))


def test_a_proxy_lets_other_machines_in(database: AbstractDatabase) -> None:
    assert lets_others_in(ticket_of(database, "127.0.0.1", trusted_proxies=["127.0.0.1"]))
    assert lets_others_in(ticket_of(database, "127.0.0.1", host_names=["localhost", "databus.example"]))


@pytest.mark.parametrize("password", ["demo", hash_password("demo")], ids=["plain", "hashed"])
def test_a_client_that_imitates_demo_is_open_as_demo_is(database: AbstractDatabase, password: str) -> None:
    _add(database, "broken", content=b"{")
    _add(database, "acme & sons", {"username": "ann"}, {**OPEN, "password": password})
    with pytest.raises(DatabusError, match=r"`databus client remove 'acme & sons'`"):
        check_passwords(ticket_of(database))
    check_passwords(ticket_of(database, "127.0.0.1"))


def test_other_passwords_are_not_known(database: AbstractDatabase) -> None:
    _add(database, "acme", {**OPEN, "password": "long secret"}, {**OPEN, "username": "ann"})
    _add(database, "demo", {"username": "demo", "token": "demo"})
    check_passwords(ticket_of(database))


def test_a_program_that_starts_the_dispatcher_is_refused_alike(tmp_path: Path) -> None:
    client = tmp_path / "clients" / "demo"
    client.mkdir(parents=True)
    (client / "config.json").write_text(json.dumps({"passengers": [], "users": [OPEN]}), encoding="utf-8")
    arguments = {"path": str(tmp_path)}
    ticket = DispatcherTicket(database_arguments=arguments, web_server_host="0.0.0.0", web_server_port=0)
    with pytest.raises(DatabusError, match="everybody knows the password"):
        PrimalDispatcher(ticket).start()
