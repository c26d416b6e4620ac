"""That everybody can use the pages: themes, phones, the keyboard, screen readers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web.browser.conftest import Visit, visiting

AXE = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")

PAGES = [
    "/",
    "/clients/acme",
    "/clients/acme/passengers",
    "/clients/acme/queue",
    "/clients/acme/queue?search=nothing+like+that",
    "/clients/acme/entry?id=id+of+failed+one",
    "/clients/acme/preview?id=id+of+failed+one&name=order.json",
    "/clients/acme/log",
    "/clients/acme/jobs",
    "/system",
]


@pytest.fixture(params=[1440, 390])
def own_visit(request: pytest.FixtureRequest, browser: Browser, address: str, theme: str) -> Iterator[Visit]:
    yield from visiting(browser, address, theme, request.param)


def test_every_page_is_accessible_and_fits(own_visit: Visit) -> None:
    """WCAG 2.2 AA as far as axe-core can tell, and nothing to be scrolled sideways."""
    visit = own_visit
    visit.go("/login")
    found = {"/login": problems(visit)}
    visit.log_in(client="root")
    for path in PAGES:
        visit.go(path)
        found[path] = problems(visit)
    visit.go("/clients/acme/log")
    visit.page.click("main tbody a")
    visit.page.wait_for_load_state()
    found["a log"] = problems(visit)
    found |= jobs(visit)
    assert {path: each for path, each in found.items() if each} == {}


def jobs(visit: Visit) -> dict[str, list[str]]:
    """Return the problems of the pages that all that match are handled on."""
    found = {}
    visit.go("/clients/acme/queue?state=dead")
    visit.page.get_by_text("Purge: delete").click()
    found["queue, purge open"] = problems(visit)
    visit.page.get_by_role("region", name="All that match").get_by_role("button", name="Count").click()
    found["a job that asks"] = problems(visit)
    visit.page.get_by_role("button", name="Retry now").click()
    visit.page.get_by_role("button", name="Undo").wait_for()
    found["a job that is done"] = problems(visit)
    visit.go("/clients/acme/jobs")
    found["jobs"] = problems(visit)
    visit.go("/clients/acme/queue")
    visit.page.check("[data-tick-all]")
    visit.page.get_by_role("button", name="Set incomplete").click()
    visit.page.get_by_role("button", name="Undo").wait_for()
    found["queue with an undo"] = problems(visit)
    return found


def problems(visit: Visit) -> list[str]:
    visit.page.evaluate(AXE)
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
