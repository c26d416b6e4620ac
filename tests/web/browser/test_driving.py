"""A drive from the click to its result, by a real dispatcher, on pages that nobody loads again."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, expect

from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.dispatcher.abstract_web_server import WebTicket
from databus.dispatcher.primal_dispatcher import PrimalDispatcher
from databus.timestamps import utc_now
from databus.web.web_server import WebServer
from tests.unit.dispatcher.test_primal_dispatcher import WAIT, config, route
from tests.unit.driver.conftest import RouteBuilder
from tests.web.browser.conftest import USERS, Visit, visiting

__all__ = ["route"]


@contextmanager
def served(route: RouteBuilder) -> Iterator[str]:
    """Drive and show a database, as ``databus start`` does."""
    dispatcher = PrimalDispatcher(DispatcherTicket())
    thread = threading.Thread(target=dispatcher.run, args=(route.database,))
    ticket = WebTicket(
        database=route.database,
        host="127.0.0.1",
        port=0,
        alias="Test",
        expedite=dispatcher.expedite,
        activity=dispatcher.activity,
    )
    server = WebServer(ticket)
    address = server.listen().rstrip("/")
    thread.start()
    server.serve()
    try:
        yield address
    finally:
        dispatcher.shutdown()
        server.stop()
        thread.join(WAIT)


def test_a_drive_is_followed_from_the_click_to_its_result(browser: Browser, route: RouteBuilder) -> None:
    go_on = threading.Event()

    def push(passenger: Any) -> None:
        assert go_on.wait(WAIT)

    content = {"passengers": [config(route, push, sync_frequency=0)], "users": USERS}
    route.database.write_document(
        "acme", "config.json", json.dumps(content).encode(), expected=None, by="", now=utc_now()
    )
    with served(route) as address:
        for visit in visiting(browser, address, "light", 1440):
            follow(visit, go_on)
    assert route.pushed == ["a"]


def follow(visit: Visit, go_on: threading.Event) -> None:
    visit.log_in(user="bob")
    visit.page.click("text=Passengers")
    card = visit.page.locator(".card")
    expect(card).to_contain_text("Not driven yet")
    visit.page.get_by_role("button", name="Drive now").click()
    visit.page.wait_for_url("**/passengers#route-*")
    expect(card.locator(".now")).to_contain_text("running since")
    expect(card.locator(".now")).to_contain_text("1 pulled, 0 pushed, 0 failed so far")
    go_on.set()
    expect(card.locator(".last")).to_contain_text("1 pulled, 1 pushed, 0 failed")
    expect(card.locator(".now")).to_have_count(0)
    card.get_by_role("link", name="Log of the last drive").click()
    expect(visit.page.locator("main")).to_contain_text("Drive complete: 1 pulled")
    visit.page.wait_for_load_state()  # who listens to the keys is there, too
    visit.page.keyboard.press("g")
    visit.page.keyboard.press("h")
    expect(visit.page.locator(".lately")).to_contain_text("1 done today")
    expect(visit.page.get_by_role("img", name="Last 24 hours: 1 done")).to_be_visible()
