"""An installation with the API, its clients and their users."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import orjson
from httpx2 import Response
from starlette.testclient import TestClient

from databus.client.passwords import hash_token
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG, Entry, QueueQuery
from databus.timestamps import utc_now
from databus.web.app import create_app
from databus.web.guard import COOKIE
from databus.web.site import Site

ROUTE = "databus.passenger.document"
PUSHER = "databus.pusher.demo.demo_pusher_1"


def token_of(username: str) -> str:
    return f"the-token-of-{username}"


def user(username: str, role: str = "operator", **more: str) -> dict[str, str]:
    return {"username": username, "role": role, "token": hash_token(token_of(username)), **more}


class World:
    """Clients acme, beta and root; ``ann`` administers acme and ``otto`` operates it, as ``rob`` and ``ron`` do root.

    The tokens of ``rita`` and ``rudi`` may only read; that of ``ede`` has expired.
    """

    def __init__(self, database: AbstractDatabase, **site: Any) -> None:
        self.database = database
        self.ahead = timedelta(0)
        self.expedited: list[tuple[str, str]] = []
        self.site = Site(
            **{
                "database": database,
                "alias": "Test",
                "expedite": lambda client, route: self.expedited.append((client, route)),
                "clock": self.clock,
                **site,
            }
        )
        self.client = TestClient(create_app(self.site), raise_server_exceptions=False, follow_redirects=False)
        self.save(
            "acme",
            users=[
                user("ann", "administrator"),
                user("otto"),
                user("rita", token_scope="read"),
                user("ede", token_expires="2020-01-01T00:00:00Z"),
                user("late", token_expires="2099-01-01T00:00:00Z"),
            ],
            passengers=[{"name": ROUTE, "pushers": [PUSHER]}],
        )
        self.save("beta", users=[user("bea", "administrator")], passengers=[{"name": ROUTE}])
        self.save("root", users=[user("rob", "administrator"), user("ron"), user("rudi", token_scope="read")])

    def clock(self) -> datetime:
        return utc_now() + self.ahead

    def save(self, client: str, **config: Any) -> None:
        content = orjson.dumps(config)
        self.database.write_document(client, CONFIG, content, expected=None, by="", now=utc_now())

    def call(self, method: str, path: str, by: str = "ann", **more: Any) -> Response:
        headers = {**({"authorization": f"Bearer {token_of(by)}"} if by else {}), **more.pop("headers", {})}
        address = path if path.startswith("/") else f"/api/v1/{path}"
        answer: Response = self.client.request(method, address, headers=headers, **more)
        return answer

    def get(self, path: str, by: str = "ann", **more: Any) -> Any:
        answer = self.call("GET", path, by, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def hand_over(
        self, external_id: str, *files: tuple[str, bytes], client: str = "acme", by: str = "ann", source: str = "shop"
    ) -> str:
        answer = self.call(
            "POST",
            f"clients/{client}/passengers/{ROUTE}",
            by,
            data={"external_id": external_id, "source_system": source},
            files=[("file", file) for file in files] or {"none": ("none.txt", b"")},
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["internal_id"])

    def entries(self, client: str = "acme") -> list[Entry]:
        return list(self.database.find(QueueQuery(client_id=client, limit=500), now=utc_now()).items)

    def entry(self, internal_id: str, client: str = "acme") -> Entry:
        return self.database.load(client, [internal_id])[0]

    def log_in(self, client: str, username: str) -> None:
        account = self.site.accounts.find(client, username)
        assert account is not None
        self.client.cookies.set(COOKIE, self.site.sessions.begin(account, remember=False, now=utc_now()))

    def audit(self, client: str = "acme") -> list[str]:
        return [str(line["message"]) for guid in self._guids(client) for line in self._lines(client, guid)]

    def _guids(self, client: str) -> Iterable[str]:
        return [log["guid"] for log in self.get(f"clients/{client}/log", "rob")["items"]]

    def _lines(self, client: str, guid: str) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = self.get(f"clients/{client}/log/{guid}", "rob")["lines"]
        return lines


def problem(answer: Response, status: int) -> dict[str, Any]:
    """Return what an answer says is wrong, which has the form that RFC 9457 asks for."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = answer.json()
    assert content["status"] == status
    assert content["title"]
    assert content["detail"]
    return content
