"""Requests that are larger, longer or odder than any page of ours makes: answered without working for them."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from starlette.types import Message

from databus.web.guard import COOKIE
from databus.web.headers import LARGEST_FORM
from tests.web.who_may import TABLE, Row
from tests.web.world import ADMINISTRATOR, ENTRY, ROOT_ADMINISTRATOR, Person, World, log_in, token_of

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)

POSTS = [pytest.param(row, id=row.path) for row in TABLE if row.method == "POST"]
GETS = [pytest.param(row, id=row.path) for row in TABLE if row.method == "GET"]
FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
PART = b'--b\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n'


class Upload:
    """A request whose body comes in pieces, as a server hands it on: ``taken`` is what the application asked for."""

    def __init__(self, start: bytes, headers: Mapping[str, str], method: str = "POST") -> None:
        self.taken = 0
        self.status = 0
        self.answer: dict[str, str] = {}
        self._start = start
        self._method = method
        self._headers = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]

    def send_to(self, world: World, row: Row, person: Person | None) -> None:
        """Send more and more of it, until there is an answer."""
        cookie = f"{COOKIE}={world.browser(person).cookies.get(COOKIE)}".encode()
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": self._method,
            "scheme": "http",
            "path": row.address,
            "query_string": urlencode(row.params).encode(),
            "headers": [(b"host", b"databus.example"), (b"cookie", cookie), *self._headers],
            "client": ("192.0.2.1", 50000),
            "server": ("127.0.0.1", 80),
        }
        asyncio.run(world.app(scope, self._receive, self._send))

    async def _receive(self) -> Message:
        piece, self._start = self._start or b"&" + b"x" * (2**16 - 1), b""
        self.taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": True}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.answer = {name.decode(): value.decode() for name, value in message["headers"]}


@pytest.mark.parametrize("headers", [FORM, MULTIPART], ids=["form", "multipart"])
@pytest.mark.parametrize("row", POSTS)
def test_a_body_that_says_that_it_is_too_large_is_not_read(world: World, row: Row, headers: dict[str, str]) -> None:
    for person in (None, ROOT_ADMINISTRATOR):
        upload = Upload(b"csrf=", {**headers, "content-length": str(LARGEST_FORM + 1)})
        upload.send_to(world, row, person)
        assert (upload.status, upload.taken) == (413, 0)
        assert upload.answer["content-security-policy"]


@pytest.mark.parametrize(("start", "headers"), [(b"csrf=", FORM), (PART, MULTIPART)], ids=["form", "multipart"])
@pytest.mark.parametrize("row", POSTS)
def test_a_body_that_does_not_say_how_large_it_is_ends_at_the_limit(
    world: World, row: Row, start: bytes, headers: dict[str, str]
) -> None:
    for person in (None, ROOT_ADMINISTRATOR):
        upload = Upload(start, headers)
        upload.send_to(world, row, person)
        assert upload.status == (413 if headers is FORM else 400)  # a part of several parts has a limit of its own
        assert upload.taken <= LARGEST_FORM + 2**16


@pytest.mark.parametrize("length", ["-1", "1e9", "\xb2", "", "0x99999999", "+9999999999", "5", "9" * 400])
def test_what_a_body_says_of_its_length_is_not_believed(world: World, length: str) -> None:
    upload = Upload(b"csrf=" + b"&a=" * 100, {**FORM, "content-length": length})
    upload.send_to(world, TABLE[1], None)
    assert upload.status in (400, 413)
    assert upload.taken <= LARGEST_FORM + 2**16


def test_a_body_that_comes_with_a_download_breaks_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    upload = Upload(b"x" * LARGEST_FORM, {}, "GET")
    (row,) = (each for each in TABLE if each.path.endswith("/attachment"))
    upload.send_to(world, row, ROOT_ADMINISTRATOR)
    assert upload.status in (200, 413)
    assert caplog.records == []


def test_many_fields_that_are_too_large_together_are_too_large(world: World) -> None:
    field = b"&csrf=" + b"x" * 2**16
    response = world.browser().post("/login", content=iter([field] * 100), headers=FORM)
    assert response.status_code == 413
    assert "too large" in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_body_of_the_largest_size_is_read(world: World) -> None:
    browser = world.browser(ADMINISTRATOR)
    data = {
        "csrf": world.csrf(browser),
        "action": "retry",
        "ids": [f"{number:05}" + "x" * 1900 for number in range(990)],
    }
    response = browser.post("/clients/acme/queue", data=data)
    assert response.status_code == 303


@pytest.mark.parametrize("content", [b"a=&" * 100_000, b"ids=x&" * 2000, b"=" * 100, b"&" * 100_000, b"%" * 1000])
def test_too_many_fields_are_refused(world: World, content: bytes) -> None:
    for row in (each for each in TABLE if each.method == "POST"):
        response = world.browser(ROOT_ADMINISTRATOR).post(row.address, content=content, headers=FORM)
        assert response.status_code in (400, 403)


@pytest.mark.parametrize(
    "content",
    [
        PART + b"x",
        (PART + b"x\r\n") * 2000 + b"--b--",
        b'--b\r\ncontent-disposition: form-data; name="csrf"; filename="../x"\r\n\r\nx\r\n--b--\r\n',
        b"--b\r\n\r\n\r\n--b--",
        b"nothing of it",
        b"--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--",
        b"--b\r\n" + b"x" * 100_000,
        b"",
    ],
)
def test_a_broken_form_is_refused(world: World, content: bytes) -> None:
    for row in (each for each in TABLE if each.method == "POST"):
        response = world.browser(ROOT_ADMINISTRATOR).post(row.address, content=content, headers=MULTIPART)
        assert response.status_code in (400, 403, 422)
        assert "Traceback" not in response.text


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "\xff", "multipart/form-data", "x" * 5000])
def test_a_body_of_another_kind_changes_nothing(world: World, kind: str) -> None:
    browser = world.browser(ADMINISTRATOR)
    content = b'{"csrf": "' + world.csrf(browser).encode() + b'", "change": "dead"}'
    headers = [(b"content-type", kind.encode("latin-1"))]
    response = browser.post(f"/clients/acme/entry?id={ENTRY}", content=content, headers=headers)
    assert response.status_code in (400, 403)
    assert not any(step.dead for step in world.entries("acme")[0].steps)


@pytest.mark.parametrize("odd", ["x" * 30_000, "\0", b"\xed\xa0\x80", b"\xff\xfe", "'--", "%"])
@pytest.mark.parametrize("row", GETS)
def test_odd_parameters_break_no_page(world: World, row: Row, odd: str | bytes) -> None:
    names = ["id", "name", "start", "cursor", "search", "state", "passenger", "source", "error", "attachment", "step"]
    names += ["pulled_from", "pulled_before", "did", "worst", "text", "next", "nonsense"]
    browser = world.browser(ROOT_ADMINISTRATOR)
    for name in names:
        response = browser.get(row.address, params={**row.params, name: odd})
        assert response.status_code in (200, 303, 400, 404, 422), name
        assert len(response.content) < 500_000


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59", "0001-01-01", "9999-12-31T23:59:59.999999", "x", "١"]
)
@pytest.mark.parametrize("end", ["pulled_from", "pulled_before"])
def test_every_time_is_one_or_none(world: World, end: str, time: str) -> None:
    response = world.browser(ADMINISTRATOR).get("/clients/acme/queue", params={end: time})
    assert response.status_code in (200, 400)


@pytest.mark.parametrize("number", ["-1", "1e3", "9" * 30, "x", "", "1.5", str(2**40)])
def test_every_number_is_one_or_none(world: World, number: str) -> None:
    response = world.browser(ADMINISTRATOR).get("/clients/acme/log/log-1", params={"start": number})
    assert response.status_code in (200, 422)


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 100, "\0", "é", "../x", "e30", "bnVsbA"])
@pytest.mark.parametrize("place", ["queue", "log"])
def test_a_cursor_that_is_none_is_the_readers_mistake(
    world: World, place: str, cursor: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = world.browser(ADMINISTRATOR).get(f"/clients/acme/{place}", params={"cursor": cursor})
    assert response.status_code in (200, 400)
    assert caplog.records == []


def test_fields_of_a_login_are_as_long_as_names_are(world: World) -> None:
    for name in ("client", "username", "password"):
        browser = world.browser()
        data = {"token": token_of(browser.get("/login")), name: "x" * 501}
        assert browser.post("/login", data=data).status_code == 422


@pytest.mark.parametrize("odd", ["\0", "..", "../../etc", "x" * 500, "\u6f22" * 500, "con", ".", "/", "a\nb", ""])
def test_who_logs_in_with_an_odd_name_is_nobody(world: World, odd: str) -> None:
    nobody = Person(odd, odd)
    assert log_in(world.browser(), nobody, odd).status_code == 401
