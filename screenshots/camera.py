"""A real browser that takes pictures of pages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from screenshots.demo import PASSWORD

VARIABLE = "DATABUS_TEST_CHROMIUM"
"""Where Chromium is; playwright's own is taken where it is empty."""

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a page is looked at."""

    theme: str = "light"
    width: int = 1440
    height: int = 720


@contextmanager
def browsing() -> Iterator[Browser]:
    """Give a browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get(VARIABLE) or None, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, address: str, client: str, user: str, look: Look) -> Iterator[Page]:
    """Give a page on which somebody is logged in."""
    scheme: Any = look.theme
    context = browser.new_context(
        base_url=address,
        viewport={"width": look.width, "height": look.height},
        color_scheme=scheme,
        locale="en-GB",
        timezone_id="Europe/Vienna",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/login")
    for field, value in {"#client": client, "#username": user, "#password": PASSWORD}.items():
        page.fill(field, value)
    page.click("main button")
    page.wait_for_url(lambda url: "/login" not in url)
    yield page
    context.close()


def take(page: Page, file: Path) -> None:
    """Write a picture of what the window shows."""
    page.evaluate("document.fonts.ready")
    page.screenshot(path=str(file), animations="disabled", caret="hide")
