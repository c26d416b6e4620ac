"""That everybody can use the pages: themes, phones, the keyboard, screen readers."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.route_state import set_route_paused, write_state
from databus.dispatcher.throughput import Carried, add_throughput
from databus.driver.abstract_driver import DriveSummary
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue.outcome import OutcomeKind
from databus.timestamps import utc_now
from tests.web.browser.conftest import HOSTILE, PASSENGER, ROUTE, Visit, configure, seat, tell, visiting
from tests.web.world import DOT

AXE = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")

# A button that turns from one colour to another passes through some that cannot be read.
AT_REST = """() => Promise.allSettled(document.getAnimations()
    .filter(each => each.effect.getComputedTiming().endTime !== Infinity).map(each => each.finished))"""

LOOKED_AT = {
    "order.xml": b'<order id="1"><line><article>A-17</article><price currency="EUR">12.50</price></line></order>',
    "prices.csv": b"article;price;text\nA-17;12.50;\n" + b"B-18;7;" + b"a long text without any end " * 20,
    "mail.eml": b"Subject: Order\r\nFrom: Ann <ann@example.org>\r\n\r\nHello,\r\nhere it is.",
    "scan.pdf": b"%PDF-1.7 <</Type/Page>>",
    "dot.gif": DOT,
    "unknown.bin": bytes(range(256)),
    "latin.txt": "Grüße".encode("latin-1"),
}

# Of each client's part of home, in columns.
WIDTHS = """all => all.map(each => Math.round(each.clientWidth / Math.min(...all.map(other => other.clientWidth))))"""

PAGES = [
    "/",
    "/clients/acme",
    "/clients/acme/passengers",
    "/clients/acme/queue",
    "/clients/acme/queue?search=nothing+like+that",
    "/clients/acme/entry?id=id+of+failed+one",
    "/clients/acme/preview?id=id+of+failed+one&name=order.json",
    "/clients/acme/preview?id=id+of+failed+one&name=order.json&as_text=true",
    *(f"/clients/acme/preview?id=id+of+looked+at&name={name}" for name in LOOKED_AT),
    "/clients/acme/log",
    "/export",
    "/export?engine=postgresql",
    "/export?engine=own",
    "/clients/acme/jobs",
    "/system",
    "/system/shutdown",
    "/about",
    "/clients/acme/users",
    "/clients/acme/users/user?name=ann",
    "/clients/acme/customizing",
    "/clients/root/customizing/clients",
    "/clients/acme/removal",
]


@pytest.fixture(params=[1440, 390])
def own_visit(request: pytest.FixtureRequest, browser: Browser, address: str, theme: str) -> Iterator[Visit]:
    yield from visiting(browser, address, theme, request.param)


def test_every_page_is_accessible_and_fits(own_visit: Visit, database: AbstractDatabase) -> None:
    """WCAG 2.2 AA as far as axe-core can tell, and nothing to be scrolled sideways."""
    more = [Attachment(name, AttachmentFormat.binary, binary_content=each) for name, each in LOOKED_AT.items()]
    seat(database, "looked at", more=more)
    visit = own_visit
    visit.go("/login")
    found = {"/login": problems(visit)}
    visit.log_in(client="root")
    for path in PAGES:
        visit.go(path)
        found[path] = problems(visit)
    visit.go("/clients/acme/log")
    go_by(visit, visit.page.locator("main tbody a").first)
    found["a log"] = problems(visit)
    go_by(visit, visit.page.locator("text=Follow").first)
    found["a log that is followed"] = problems(visit)
    found |= jobs(visit)
    assert {path: each for path, each in found.items() if each} == {}


def jobs(visit: Visit) -> dict[str, list[str]]:
    """Return the problems of the pages that all that match are handled on."""
    found = {}
    visit.go("/clients/acme/queue?state=dead")
    visit.page.get_by_text("Purge: delete").click()
    found["queue, purge open"] = problems(visit)
    go_by(visit, visit.page.get_by_role("region", name="All that match").get_by_role("button", name="Count"))
    found["a job that asks"] = problems(visit)
    go_by(visit, visit.page.get_by_role("button", name="Retry now"))
    visit.page.get_by_role("button", name="Undo").wait_for()
    found["a job that is done"] = problems(visit)
    visit.go("/clients/acme/jobs")
    found["jobs"] = problems(visit)
    visit.go("/clients/acme/queue")
    visit.page.check("[data-tick-all]")
    go_by(visit, visit.page.get_by_role("button", name="Set incomplete"))
    visit.page.get_by_role("button", name="Undo").wait_for()
    found["queue with an undo"] = problems(visit)
    visit.page.check("[data-tick-all]")
    go_by(visit, visit.page.get_by_role("button", name="Delete …"))
    found["the question before deleting"] = problems(visit)
    return found


def go_by(visit: Visit, way: Locator) -> None:
    """Click on what leads to another page, and wait until that is there as a whole."""
    with visit.page.expect_navigation():
        way.click()


def problems(visit: Visit) -> list[str]:
    visit.page.evaluate(AXE)
    visit.page.evaluate(AT_REST)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = visit.page.evaluate("tags => axe.run({runOnly: tags})", tags)
    assert found["passes"], "axe-core has looked at nothing"
    told = [f"{each['id']}: {node['html'][:200]}" for each in found["violations"] for node in each["nodes"]]
    wide = visit.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*told, *(["it is wider than the window"] if wide else [])]


def test_the_theme_follows_the_system_until_it_is_chosen(browser: Browser, address: str, theme: str) -> None:
    for visit in visiting(browser, address, theme, 1440):
        visit.go("/login")
        root = visit.page.locator("html")
        expect(root).to_have_attribute("data-bs-theme", theme)
        visit.page.click("[data-theme-switch]")
        other = {"light": "dark", "dark": "light"}[theme]
        expect(root).to_have_attribute("data-bs-theme", other)
        visit.page.reload()
        expect(root).to_have_attribute("data-bs-theme", other)


def test_what_does_nothing_without_scripts_is_not_shown_without_them(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    visit = Visit(context.new_page(), address)
    visit.log_in()
    visit.go("/clients/acme/queue")
    for button in ("[data-theme-switch]", "[data-help]", "[data-tick-all]"):
        expect(visit.page.locator(button)).to_be_hidden()
    expect(visit.page.get_by_role("link", name="About")).to_be_visible()
    context.close()


def test_where_the_keyboard_is_can_be_seen(visit: Visit) -> None:
    visit.log_in()
    switch = visit.page.locator("[data-theme-switch]")
    while not switch.evaluate("each => each === document.activeElement"):
        visit.page.keyboard.press("Tab")
    assert switch.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"


def test_the_queue_fits_however_long_an_error_is(
    browser: Browser, address: str, database: AbstractDatabase, theme: str
) -> None:
    tell(database, "failed one", OutcomeKind.FAILED, "no end of words " * 200)
    for width in (1440, 390):
        for visit in visiting(browser, address, theme, width):
            visit.log_in(user="bob")
            visit.go("/clients/acme/queue?state=failed")
            table = visit.page.get_by_role("group", name="Table")
            assert table.evaluate("each => each.scrollWidth <= each.clientWidth"), width
            expect(visit.page.locator("td.error")).to_be_in_viewport()
            visit.page.check("[data-tick-all]")
            expect(visit.page.locator("[data-ticked]")).to_have_text("1 ticked:")
            assert problems(visit) == []


def test_clients_stand_beside_each_other_where_there_is_room(
    browser: Browser, address: str, database: AbstractDatabase, theme: str
) -> None:
    for name, routes in {"beta": 1, "gamma": 2, "delta": 7}.items():
        configure(database, name, {"passengers": [{**ROUTE, "name": f"a.route_{each}"} for each in range(routes)]})
    for width, column in {1440: 3, 900: 2, 390: 1}.items():
        for visit in visiting(browser, address, theme, width):
            visit.log_in(client="root")
            found = visit.page.locator(".client").evaluate_all(WIDTHS)
            assert found == [min(column, each) for each in (1, 1, 3, 2, 1)], width
            assert problems(visit) == []


def test_the_keyboard_leads_everywhere(visit: Visit) -> None:
    visit.log_in()
    for key, path in {"q": "/queue", "l": "/log", "p": "/passengers", "h": ""}.items():
        visit.page.keyboard.press("g")
        visit.page.keyboard.press(key)
        expect(visit.page).to_have_url(f"{visit.address}/clients/acme{path}")
        visit.page.wait_for_load_state()
    visit.page.keyboard.press("?")
    expect(visit.page.locator("#help")).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator("#help")).to_be_hidden()


def test_times_are_in_the_reader_s_zone_with_the_exact_value_beside(browser: Browser, address: str) -> None:
    context = browser.new_context(timezone_id="America/New_York", locale="de-DE")
    page = context.new_page()
    visit = Visit(page, address)
    visit.log_in()
    visit.go("/clients/acme/queue")
    time = page.locator("td time").first
    assert "UTC" not in time.inner_text()
    exact = time.get_attribute("title")
    assert exact is not None
    assert exact.endswith("+00:00")
    local = page.evaluate("t => new Date(t).toLocaleTimeString('de-DE', {timeZone: 'America/New_York'})", exact)
    assert local in time.inner_text()
    context.close()


def test_on_a_phone_the_places_are_a_menu(browser: Browser, address: str, theme: str) -> None:
    for visit in visiting(browser, address, theme, 390):
        visit.log_in()
        queue = visit.page.get_by_role("link", name="Queue", exact=True)
        expect(queue).to_be_hidden()
        visit.page.get_by_role("button", name="Menu").click()
        expect(queue).to_be_in_viewport()
        assert problems(visit) == []
        visit.page.keyboard.press("Escape")
        expect(queue).to_be_hidden()
        visit.page.get_by_role("button", name="Menu").click()
        queue.click()
        expect(visit.page).to_have_url(f"{visit.address}/clients/acme/queue")


def test_the_menu_works_without_a_script(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 900}, java_script_enabled=False)
    visit = Visit(context.new_page(), address)
    visit.log_in()
    visit.page.get_by_role("button", name="Menu").click()
    visit.page.get_by_role("link", name="Passengers", exact=True).click()
    expect(visit.page).to_have_url(f"{visit.address}/clients/acme/passengers")
    context.close()


def test_a_slash_searches_the_queue_from_where_there_is_nothing_to_search(visit: Visit) -> None:
    visit.log_in()
    visit.page.keyboard.press("/")
    expect(visit.page).to_have_url(f"{visit.address}/clients/acme/queue#search")
    expect(visit.page.locator("#search")).to_be_focused()


def test_the_picture_of_what_was_carried_can_be_read_and_seen(
    browser: Browser, address: str, database: AbstractDatabase, theme: str
) -> None:
    now = utc_now()
    add_throughput(database, "acme", PASSENGER, Carried(1204, 3), at=now)
    add_throughput(database, "acme", PASSENGER, Carried(7), at=now - timedelta(hours=3))
    set_route_paused(database, "acme", PASSENGER, True, now=now, by=HOSTILE)
    write_state(database, DriveSummary("acme", PASSENGER, failed=3, error=HOSTILE, log="1"), began=now, now=now)
    for width in (1440, 390):
        for visit in visiting(browser, address, theme, width):
            visit.log_in()
            expect(visit.page.get_by_role("img", name="Last 24 hours: 1,211 done, 3 failed")).to_be_visible()
            expect(visit.page.locator(".spark title").last).to_contain_text("1,204 done, 3 failed")
            seen = visit.page.locator(".spark rect").last.bounding_box()
            assert seen is not None
            assert min(seen["width"], seen["height"]) > 3, "it can be pointed at"
            shown = visit.page.locator(".spark .done").evaluate("path => getComputedStyle(path).fill")
            assert shown not in ("none", "rgb(0, 0, 0)"), "the stylesheet has its colour"
            assert problems(visit) == []
            visit.go("/clients/acme/passengers")
            assert problems(visit) == []
