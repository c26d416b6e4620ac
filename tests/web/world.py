"""A small installation: clients root, acme and other, each with two people and a passenger."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from http.cookies import Morsel, SimpleCookie
from typing import Any

import orjson
from anyio.from_thread import BlockingPortal
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx2 import Client, Response
from starlette.testclient import TestClient

from databus.client.log import MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG
from databus.dispatcher.active_drive import ActiveDrive
from databus.testing.samples import NOW, binary, head, line, passenger, seat, text
from databus.web.app import create_app
from databus.web.guard import COOKIE
from databus.web.site import Site

HOST = "databus.example"
PASSWORD = "correct horse battery staple"
ROUTE = "shop.order"
ENTRY = "id-1"
"""Internal id of the same passenger at every client: whose it is, only the client says."""

ATTACHMENT = "order.txt"
PICTURE = "dot.gif"
DOT = bytes.fromhex("47494638396101000100800000ff000000000021f90401000000002c00000000010001000002024401003b")
LOG = "log-1"
CLIENTS = ("root", "acme", "other")

HOSTILE = "\"'><xss onxss=1 xss>{{7*7}}<!--"
"""Breaks out of an element's text and of both kinds of attributes, wherever it is not escaped."""


@dataclass(frozen=True)
class Person:
    """Somebody who may log in."""

    client: str
    username: str

    def __str__(self) -> str:
        return f"{self.username} of {self.client}"


ROOT_ADMINISTRATOR = Person("root", "administrator")
ROOT_OPERATOR = Person("root", "operator")
ADMINISTRATOR = Person("acme", "administrator")
OPERATOR = Person("acme", "operator")
STRANGER = Person("other", "administrator")
PEOPLE = (ROOT_ADMINISTRATOR, ROOT_OPERATOR, ADMINISTRATOR, OPERATOR, STRANGER)


@cache
def hashed(password: str) -> str:
    """Return a hash of a password that is quickly checked: that ours are not is no matter of pages."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


def config(*people: Person, **more: Any) -> dict[str, Any]:
    """Return a client's configuration."""
    users = [{"username": each.username, "role": each.username, "password": hashed(PASSWORD)} for each in people]
    plugin = {"module": "databus.pusher.demo.demo_pusher_1"}
    route = {"name": ROUTE, "pullers": [{**plugin, "name": HOSTILE}], "pushers": [{**plugin, "name": "out"}]}
    return {"users": users, "passengers": [route], **more}


@dataclass
class World:
    """The installation under test, with its clock.

    Attributes:
        portal: The event loop in which pages are made; without, each request makes one, which takes time.
    """

    database: AbstractDatabase
    portal: BlockingPortal | None = None
    now: datetime = NOW
    expedited: list[tuple[str, str]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    drives: list[ActiveDrive] = field(default_factory=list)
    site: Site = field(init=False)
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        for client in CLIENTS:
            self.configure(client, config(*(each for each in PEOPLE if each.client == client)))
            self.fill(client)
        self.serve(self.database)

    def serve(self, database: AbstractDatabase) -> None:
        """Show a database on the pages."""
        self.site = Site(
            database=database,
            alias=HOSTILE,
            expedite=lambda client, route: self.expedited.append((client, route)),
            clock=lambda: self.now,
            started=NOW,
            shutdown=lambda: self.ended.append("asked to end"),
            drives=lambda: self.drives,
        )
        self.site.live.closed.set()  # a client of tests reads an answer to its end
        self.app = create_app(self.site)

    def configure(self, client: str, configuration: object) -> None:
        """Write a client's configuration."""
        content = configuration if isinstance(configuration, bytes) else orjson.dumps(configuration)
        self.database.write_document(client, CONFIG, content, expected=None, by="", now=self.now)

    def fill(self, client: str) -> None:
        """Give a client a passenger with an attachment, and a log."""
        attachments = [text(ATTACHMENT, f"secret of {client}"), binary("blob"), binary(PICTURE, DOT)]
        new = passenger("1", client_id=client, attachments=attachments)
        seat(self.database, new)
        lines = [line(f"secret of {client}", MessageType.error)]
        self.database.append_log(head(LOG, client_id=client), lines)

    def later(self, time: timedelta) -> None:
        """Let time go by."""
        self.now += time

    # -- who asks -----------------------------------------------------------------------------------------------------

    def browser(self, person: Person | None = None, *, scheme: str = "http", address: str = "192.0.2.1") -> TestClient:
        """Return a browser in which somebody is logged in, or nobody."""
        browser = TestClient(
            self.app,
            base_url=f"{scheme}://{HOST}",
            raise_server_exceptions=False,
            follow_redirects=False,
            client=(address, 50000),
        )
        browser.portal = self.portal
        if person is not None:
            account = self.site.accounts.find(person.client, person.username)
            assert account is not None, person
            browser.cookies.set(COOKIE, self.site.sessions.begin(account, remember=False, now=self.now))
        return browser

    def csrf(self, browser: TestClient) -> str:
        """Return what a change must bring along; empty for nobody."""
        session = self.site.sessions.find(browser.cookies.get(COOKIE) or "", now=self.now)
        return session.csrf if session else ""

    def post(self, browser: TestClient, address: str, data: dict[str, Any] | None = None, **more: Any) -> Response:
        """Send a form as our pages do."""
        return browser.post(address, data={"csrf": self.csrf(browser), **(data or {})}, **more)

    # -- what is stored -----------------------------------------------------------------------------------------------

    def entries(self, client: str) -> list[Any]:
        """Return the passenger of a client as it is stored; an empty list where it is gone."""
        return self.database.load(client, [ENTRY])

    def sessions(self, client: str) -> bytes:
        """Return what is stored of a client's sessions."""
        return self.database.read_document(client, "state/sessions").content


def log_in(browser: Client, person: Person, password: str = PASSWORD, **more: str) -> Response:
    """Fill in the form as a person does."""
    form = browser.get("/login", params={"next": more.get("next", "")})
    data = {"client": person.client, "username": person.username, "password": password, "token": token_of(form)}
    return browser.post("/login", data={**data, **more})


def token_of(form: Response) -> str:
    """Return the token in a login form."""
    found = re.search(r'name="token" value="([^"]+)"', form.text)
    assert found is not None
    return found[1]


def cookie_of(response: Response, name: str = COOKIE) -> "Morsel[str]":
    """Return a cookie that an answer sets, with its flags."""
    cookies: SimpleCookie = SimpleCookie()
    for value in response.headers.get_list("set-cookie"):
        cookies.load(value)
    return cookies[name]


def is_inside(browser: TestClient) -> bool:
    """Whether somebody is logged in."""
    response = browser.get("/clients/acme")
    assert response.status_code in (200, 303, 404)
    return response.status_code != 303


def assert_safe(response: Response) -> None:
    """Check that what stands in one header has not made another one."""
    for name, value in response.headers.raw:
        assert not set(name + value) & set(b"\r\n\0")
