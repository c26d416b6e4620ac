"""Texts of source systems and of users, on every page: shown as they are, and never as a part of the page."""

import html
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import orjson
import pytest
from anyio.from_thread import BlockingPortal
from httpx2 import Response
from msgspec.structs import replace
from starlette.testclient import TestClient

from databus.client.log import MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import LogLine
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import NOW, ODD_TEXTS, head, line, outcome, passenger, seat, text
from tests.web.world import (
    ADMINISTRATOR,
    ENTRY,
    HOSTILE,
    ROOT_ADMINISTRATOR,
    ROUTE,
    Person,
    World,
    config,
    hashed,
    log_in,
)

INTERNAL = f"internal {HOSTILE}"


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.comments = 0
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments += 1

    @property
    def shown(self) -> str:
        return "".join(self.texts) + "".join(value for _, value in self.attributes)

    @property
    def links(self) -> list[str]:
        return [value for name, value in self.attributes if name in ("href", "src", "action", "hx-get")]


def read(response: Response) -> Page:
    """Return a page, checked: nothing in it is an element, attribute, comment or address of somebody else."""
    page = Page(response.text)
    assert "xss" not in page.tags
    assert "object" not in page.tags
    assert {"onxss", "xss"}.isdisjoint(name for name, _ in page.attributes)
    assert not [name for name, _ in page.attributes if name.startswith(("on", "style"))]
    assert page.comments == 0
    assert {urlsplit(link).scheme for link in page.links} <= {""}
    assert not [link for link in page.links if link.startswith("//") or not link.startswith(("/", "?", "#"))]
    return page


@pytest.fixture
def world(database: AbstractDatabase, portal: BlockingPortal) -> World:
    """Everything that can be named otherwise is called hostile."""
    world = World(database, portal=portal)
    new = passenger(
        HOSTILE,
        internal_id=INTERNAL,
        source_system=HOSTILE,
        attachments=[text(HOSTILE, HOSTILE)],
        processors=[HOSTILE],
        passenger_module=HOSTILE,
        puller_module=HOSTILE,
        puller_name=HOSTILE,
        log_guids=(HOSTILE,),
    )
    new = replace(new, entry=replace(new.entry, steps=tuple(replace(each, module=HOSTILE) for each in new.entry.steps)))
    (entry,) = seat(database, new)
    failure = outcome(entry, HOSTILE, OutcomeKind.FAILED, error=f"{HOSTILE}\n{HOSTILE}")
    assert database.record([failure], now=NOW) == []
    database.append_log(
        head(HOSTILE, passenger_module=HOSTILE),
        [line(HOSTILE, MessageType.error, source=HOSTILE), line(f"{HOSTILE}\n")],
    )
    remember(world, "acme", ROUTE, {"log": HOSTILE, "error": HOSTILE, "pulled": HOSTILE})
    user = {"username": HOSTILE, "role": "administrator", "password": hashed(HOSTILE)}
    world.configure(HOSTILE, {**config(), "users": [user], HOSTILE: HOSTILE})
    return world


def remember(world: World, client: str, route: str, summary: object) -> None:
    content = orjson.dumps({"began": NOW, "summary": summary})
    world.database.write_document(client, f"state/route/{route}", content, expected=None, by="", now=NOW)


def pages_of(client: str, internal_id: str, guid: str, name: str) -> Iterator[str]:
    base = f"/clients/{quote(client, safe='')}"
    entry = f"id={quote(internal_id, safe='')}"
    yield from (base, f"{base}/passengers", f"{base}/queue", f"{base}/log")
    yield f"{base}/entry?{entry}"
    yield f"{base}/preview?{entry}&name={quote(name, safe='')}"
    yield f"{base}/log/{quote(guid, safe='')}"


@pytest.mark.parametrize("address", [*pages_of("acme", INTERNAL, HOSTILE, HOSTILE)])
def test_what_a_source_system_says_is_text(world: World, address: str) -> None:
    response = world.browser(ADMINISTRATOR).get(address)
    assert response.status_code == 200
    assert HOSTILE in read(response).shown
    assert read(world.browser(ADMINISTRATOR).get(address, headers={"hx-request": "true"}))


@pytest.mark.parametrize("address", ["/", "/system", f"/clients/{quote(HOSTILE, safe='')}"])
def test_what_a_client_is_called_is_text(world: World, address: str) -> None:
    response = world.browser(ROOT_ADMINISTRATOR).get(address)
    assert response.status_code == 200
    assert HOSTILE in read(response).shown


def test_what_a_user_is_called_is_text(world: World) -> None:
    browser = world.browser()
    assert log_in(browser, Person(HOSTILE, HOSTILE), HOSTILE).status_code == 303
    page = read(browser.get(f"/clients/{quote(HOSTILE, safe='')}"))
    assert page.shown.count(HOSTILE) > 5


PLACES = ["/clients/acme/queue", "/clients/acme/log", "/clients/acme/entry", "/clients/acme/log/x", "/login", "/no"]

PARAMETERS = ["search", "source", "error", "attachment", "step", "passenger", "state", "pulled_from", "cursor", "did"]
PARAMETERS += ["text", "worst", "id", "name", "start", "next"]


@pytest.mark.parametrize("address", PLACES)
def test_what_an_address_says_is_text(world: World, address: str) -> None:
    for browser in (world.browser(), world.browser(ADMINISTRATOR)):
        read(browser.get(f"{address}/{quote(HOSTILE, safe='')}", params={HOSTILE: HOSTILE}))
        for name in PARAMETERS:
            read(browser.get(address, params={name: HOSTILE}))


@pytest.mark.parametrize("address", ["queue", f"entry?id={quote(INTERNAL, safe='')}", "passengers/expedite"])
@pytest.mark.parametrize("name", ["action", "ids", "back", "change", "step", "route"])
def test_what_a_form_says_is_text(world: World, address: str, name: str) -> None:
    browser = world.browser(ADMINISTRATOR)
    form = {"action": "retry", "change": "incomplete", "route": ROUTE, name: HOSTILE}
    response = world.post(browser, f"/clients/acme/{address}", form)
    assert response.status_code in (303, 400, 404, 422)
    read(response)
    if response.status_code == 303:
        read(browser.get(response.headers["location"]))


@pytest.mark.parametrize("field", ["client", "username", "password", "token", "next", "remember"])
def test_what_is_typed_into_the_login_is_text(world: World, field: str) -> None:
    response = log_in(world.browser(), ADMINISTRATOR, **{"password": "wrong", field: HOSTILE})
    assert response.status_code in (401, 403, 422)
    read(response)


def test_what_is_wrong_with_a_configuration_is_text(world: World) -> None:
    world.configure("acme", {**config(ADMINISTRATOR), "passengers": [{"name": HOSTILE, HOSTILE: HOSTILE}], HOSTILE: 1})
    browser = world.browser(ADMINISTRATOR)
    for address in ("/clients/acme", "/clients/acme/passengers"):
        assert HOSTILE in read(browser.get(address)).shown


# -- texts that have broken things ------------------------------------------------------------------------------------


def follow(browser: TestClient, address: str) -> None:
    """Open every page that a page leads to."""
    page = read(browser.get(address))
    for link in {each for each in page.links if each.startswith("/clients/acme/")}:
        assert browser.get(html.unescape(link)).status_code in (200, 404, 405), link


@pytest.mark.parametrize("kind", ODD_TEXTS)
def test_no_text_breaks_a_page(world: World, kind: str) -> None:
    odd = ODD_TEXTS[kind]
    database = world.database
    new = passenger(
        odd or "empty",
        internal_id=odd or "empty",
        source_system=odd,
        attachments=[text(odd or "empty", odd)],
        processors=[odd or "empty"],
        passenger_module=odd or "empty",
        puller_name=odd,
        log_guids=(odd,),
    )
    (entry,) = seat(database, new)
    failure = outcome(entry, odd or "empty", OutcomeKind.FAILED, error=odd)
    assert database.record([failure], now=NOW) == []
    lines = [LogLine(timestamp=NOW, type=MessageType.error, source=odd, message=odd)]
    database.append_log(head(odd or "empty", passenger_module=odd), lines)
    browser = world.browser(ADMINISTRATOR)
    for place in ("", "/passengers", "/queue", "/log"):
        follow(browser, f"/clients/acme{place}")
    typed = new.entry.internal_id.encode("utf-8", "replace")
    response = world.post(browser, "/clients/acme/queue", {"action": "dead", "ids": typed})
    assert response.status_code == 303


@pytest.mark.parametrize("summary", [None, {}, {"pulled": None}, {"log": 7, "error": []}, {"error": {"a": 1}}])
def test_no_summary_of_a_drive_breaks_a_page(world: World, summary: object) -> None:
    remember(world, "acme", ROUTE, summary)
    assert world.browser(ADMINISTRATOR).get("/clients/acme").status_code == 200


def test_what_turns_words_around_is_shown_instead(world: World) -> None:
    """A right-to-left override in an id or an error leaves the words of Databus where they are."""
    odd = "\u202egpj.exe"
    new = passenger(odd, client_id="acme", internal_id="odd")
    (entry,) = seat(world.database, new)
    world.database.record([outcome(entry, "out", OutcomeKind.FAILED, error=f"E: {odd}\n{odd}", due_on=NOW)], now=NOW)
    lines = [LogLine(timestamp=NOW, type=MessageType.error, source="a plug-in", message=f"Seated {odd} here")]
    world.database.append_log(head("odd-log", client_id="acme"), lines)
    browser = world.browser(ADMINISTRATOR)
    page = browser.get("/clients/acme/entry?id=odd").text
    assert f"<bdi>{odd}</bdi>" in page
    assert page.count("E: \\u202egpj.exe") >= 3
    assert odd not in page.replace(f"<bdi>{odd}</bdi>", "").replace(f"<title>{odd}", "")
    assert "Seated \\u202egpj.exe here" in browser.get("/clients/acme/log/odd-log").text


def test_the_sentence_on_a_passenger_has_no_time_of_the_server(world: World) -> None:
    (entry,) = world.entries("acme")
    failure = outcome(entry, "check", OutcomeKind.FAILED, error="E: no", due_on=NOW + timedelta(hours=1))
    world.database.record([failure], now=NOW)
    page = world.browser(ADMINISTRATOR).get(f"/clients/acme/entry?id={ENTRY}").text
    assert "The processor check failed at attempt 0: E: no" in page
