"""A site with two clients and root, and people who are logged in to it."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from databus.database.abstract_database import AbstractDatabase
from databus.database.json_db.json_database import JsonDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import CONFIG, Document, LogQuery
from databus.timestamps import utc_now
from databus.web.app import create_app
from databus.web.site import Site
from tests.web.world import hashed

PASSWORD = "correct horse"
HASH = hashed(PASSWORD)
ROUTE = {
    "name": "databus.passenger.demo.demo_passenger_1",
    "pullers": ["databus.puller.demo.demo_puller_1"],
    "processors": ["databus.processor.demo.demo_processor_1"],
    "pushers": ["databus.pusher.demo.demo_pusher_1"],
}
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def user(name: str, role: str = "administrator", **more: str) -> dict[str, str]:
    return {"username": name, "password": HASH, "role": role, **more}


@dataclass
class Somebody:
    """A browser of somebody who is logged in."""

    browser: TestClient
    csrf: str

    def get(self, address: str) -> Response:
        return self.browser.get(address)

    def post(self, address: str, values: dict[str, Any] | None = None, *, csrf: str | None = None) -> Response:
        data = {"csrf": self.csrf if csrf is None else csrf, **(values or {})}
        return self.browser.post(address, data=data, follow_redirects=False)


@dataclass
class World:
    """A site, what it is made of, and who comes in."""

    database: AbstractDatabase
    site: Site = field(init=False)

    def __post_init__(self) -> None:
        self.site = Site(database=self.database)

    def write(self, client: str, content: bytes | dict[str, Any]) -> Document:
        raw = content if isinstance(content, bytes) else (json.dumps(content, indent=2) + "\n").encode()
        return self.database.write_document(client, CONFIG, raw, expected=None, by="tests", now=utc_now())

    def config(self, client: str = "demo") -> Any:
        return json.loads(self.content(client))

    def content(self, client: str = "demo") -> bytes:
        return self.database.read_document(client, CONFIG).content

    def lines(self, client: str = "demo") -> list[str]:
        heads = self.database.find_logs(LogQuery(client_id=client)).items
        return [line.message for head in heads for line in self.database.read_log(client, head.guid)[1]]

    def enter(self, client: str, name: str, password: str = PASSWORD) -> Somebody:
        browser = TestClient(create_app(self.site))
        token = fields(browser.get("/login"))["token"]
        given = {"client": client, "username": name, "password": password, "token": token}
        answer = browser.post("/login", data=given)
        assert answer.status_code == 200, answer.text
        found = _CSRF.search(answer.text)
        assert found, answer.text
        return Somebody(browser, found[1])


def fields(answer: Response) -> dict[str, str]:
    """Return the hidden fields of a page; the last of each name."""
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(answer.text)}


def text_of(answer: Response) -> str:
    """Return a page's text as it is read."""
    return html.unescape(re.sub(r"<[^>]*>", "", answer.text))


@pytest.fixture(params=["memory_db", "json_db"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    database: AbstractDatabase
    database = MemoryDatabase({}) if request.param == "memory_db" else JsonDatabase({"path": str(tmp_path / "data")})
    database.open()
    made = World(database)
    made.write("root", {"log_life_span": 7, "passengers": [], "users": [user("root"), user("helper", "operator")]})
    made.write(
        "demo",
        {
            "log_life_span": 3,
            "passengers": [ROUTE],
            "users": [user("ann"), user("bob", "operator"), user("robot", "operator", token="sha256:00")],
        },
    )
    made.write("other", {"passengers": [], "users": [user("eve")]})
    yield made
    database.close()
