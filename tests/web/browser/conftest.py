"""A real browser before real pages, served as `databus start` serves them."""

import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from databus.client.log import Log, LogEntry, MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import CONFIG, Entry, NewEntry, Step
from databus.dispatcher.abstract_web_server import WebTicket
from databus.driver.log_writer import LogWriter
from databus.passenger.attachment import Attachment
from databus.pqueue.outcome import NOTIFY, Outcome, OutcomeKind, StepKind
from databus.timestamps import utc_now
from databus.web.web_server import WebServer
from tests.web.world import hashed

VARIABLE = "DATABUS_TEST_CHROMIUM"

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

PASSWORD = "secret of everybody"

HOSTILE = "<img src=x onerror=\"window.hacked='yes'\"><script>window.hacked='yes'</script>"

PASSENGER = "databus.passenger.document"

ROUTE = {
    "name": PASSENGER,
    "pullers": [{"module": "databus.puller.files", "settings": {"url": "/nowhere", "when_seated": "delete"}}],
    "pushers": [{"module": "databus.pusher.files", "settings": {"url": "/nowhere"}}],
    "sync_frequency": 60,
}

USERS = [
    {"username": "ann", "password": hashed(PASSWORD), "role": "administrator"},
    {"username": "bob", "password": hashed(PASSWORD), "role": "operator"},
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.server(VARIABLE))


@pytest.fixture(scope="module")  # no longer: its event loop, on this thread, would meet those of other tests
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ[VARIABLE], args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[AbstractDatabase]:
    """Clients acme and root: acme has passengers in every state, one of them hostile."""
    database = JsonDatabase({"path": str(tmp_path / "db")})
    database.open()
    configure(database, "acme", {"passengers": [ROUTE], "users": USERS})
    configure(database, "root", {"passengers": [], "users": USERS})
    seat(database, "complete one", "waiting one", "failed one", "dead one", HOSTILE)
    complete(database, "complete one")
    tell(database, "failed one", OutcomeKind.FAILED, f"ValueError: {HOSTILE}\nTraceback: somewhere")
    tell(database, "dead one", OutcomeKind.REJECTED, "the target does not want it")
    write_log(database)
    yield database
    database.close()


def configure(database: AbstractDatabase, client: str, config: dict[str, Any]) -> None:
    database.write_document(client, CONFIG, orjson.dumps(config), expected=None, by="", now=utc_now(), backup=False)


def seat(database: AbstractDatabase, *names: str, more: Sequence[Attachment] = ()) -> None:
    steps = (
        Step(kind=StepKind.NOTIFY, module="databus.puller.files", name=NOTIFY),
        Step(kind=StepKind.PUSH, module="databus.pusher.files", name="databus.pusher.files"),
    )
    entries = [
        NewEntry(
            entry=Entry(
                client_id="acme",
                passenger_module=PASSENGER,
                internal_id=f"id of {name}"[:40],
                source_system="shop",
                external_id=name,
                seated_as=("shop", name),
                puller_module="databus.puller.files",
                puller_name="databus.puller.files",
                pull_datetime=utc_now() - timedelta(minutes=5),
                steps=steps,
            ),
            attachments=[
                Attachment("order.json", text_content='{"order": 1}'),
                Attachment(name, text_content=HOSTILE),
                *more,
            ],
        )
        for name in names
    ]
    database.seat(entries)


def outcome(name: str, kind: StepKind, step: str, result: OutcomeKind, error: str = "") -> Outcome:
    return Outcome(
        client_id="acme",
        internal_id=f"id of {name}"[:40],
        kind=kind,
        name=step,
        result=result,
        at=utc_now(),
        error=error,
    )


def complete(database: AbstractDatabase, name: str) -> None:
    steps = [(StepKind.NOTIFY, NOTIFY), (StepKind.PUSH, "databus.pusher.files")]
    database.record([outcome(name, *step, OutcomeKind.COMPLETE) for step in steps], now=utc_now())


def tell(database: AbstractDatabase, name: str, result: OutcomeKind, error: str) -> None:
    told = outcome(name, StepKind.PUSH, "databus.pusher.files", result, error)
    database.record([outcome(name, StepKind.NOTIFY, NOTIFY, OutcomeKind.COMPLETE), told], now=utc_now())


def write_log(database: AbstractDatabase) -> None:
    log = Log()
    log.append_text("Seated everybody", "databus.pqueue.primal_queue")
    log.append_entry(LogEntry(f"Refused: {HOSTILE}", type=MessageType.error, source="plug-in"))
    LogWriter(database, log, client_id="acme", passenger_module=PASSENGER, secrets=frozenset()).flush()


class Asked:
    """The dispatcher's part: remembers what it was asked to drive, and to end."""

    def __init__(self) -> None:
        self.routes: list[tuple[str, str]] = []
        self.ends = 0

    def __call__(self, client_id: str, route: str) -> None:
        self.routes.append((client_id, route))

    def end(self) -> None:
        self.ends += 1


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def address(database: AbstractDatabase, asked: Asked) -> Iterator[str]:
    ticket = WebTicket(
        database=database, host="127.0.0.1", port=0, alias="Test", expedite=asked, shutdown=asked.end, drives=list
    )
    server = WebServer(ticket)
    address = server.listen().rstrip("/")
    server.serve()
    yield address
    server.stop()


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


class Visit:
    """A person before a browser; whatever the browser complains of is a failure at the end."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def log_in(self, client: str = "acme", user: str = "ann", password: str = PASSWORD) -> None:
        self.page.goto(f"{self.address}/login")
        self.page.fill("#client", client)
        self.page.fill("#username", user)
        self.page.fill("#password", password)
        self.page.click("main button")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    yield from visiting(browser, address, "light", 1440)


def visiting(browser: Browser, address: str, theme: str, width: int) -> Iterator[Visit]:
    scheme: Any = theme
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(15_000)
    visit = Visit(context.new_page(), address)
    yield visit
    hacked = visit.page.evaluate("window.hacked")
    context.close()
    assert (visit.complaints, hacked) == ([], None)
