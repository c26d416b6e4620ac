"""``python -m screenshots``."""

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page

from databus.dispatcher.abstract_web_server import WebTicket
from databus.web.web_server import WebServer
from screenshots.camera import Look, browsing, take, visiting
from screenshots.demo import demo

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"

LARGEST = 150 * 1024
"""Bytes of a picture: whoever clones the repository gets them all."""

CLIENT = "/clients/furniture"


def home(page: Page) -> None:
    """Every client and route at a glance."""
    page.goto("/")


def queue(page: Page) -> None:
    """The passengers of a client."""
    page.goto(f"{CLIENT}/queue")


def entry(page: Page) -> None:
    """A dead passenger, with one of its attachments looked at."""
    page.goto(f"{CLIENT}/queue?state=dead")
    page.click("td.id a")
    page.wait_for_url("**/entry?*")


def preview(page: Page) -> None:
    """An attachment."""
    entry(page)
    page.locator("tr", has_text="order.xml").get_by_text("look at").click()
    page.wait_for_selector("#looked-at .tree")


def customizing(page: Page) -> None:
    """The configuration of a client."""
    page.goto(f"{CLIENT}/customizing")


def log(page: Page) -> None:
    """What went wrong in a drive."""
    page.goto(f"{CLIENT}/log?worst=error")
    page.click("main tbody a")
    page.wait_for_url("**/log/*")
    page.select_option("#level", "warning")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**level=warning*")


Way = Callable[[Page], None]

ROOT = ("root", "root")
ADMINISTRATOR = ("furniture", "ann")

TAKEN: dict[str, tuple[Way, tuple[str, str], Look]] = {
    "home": (home, ROOT, Look()),
    "home-dark": (home, ROOT, Look(theme="dark")),
    "home-phone": (home, ROOT, Look(width=390, height=844)),
    "queue": (queue, ADMINISTRATOR, Look()),
    "entry": (entry, ADMINISTRATOR, Look()),
    "preview": (preview, ADMINISTRATOR, Look()),
    "customizing": (customizing, ADMINISTRATOR, Look()),
    "log": (log, ADMINISTRATOR, Look()),
}
"""Each picture: the way to what is seen, who looks, and how."""


def main() -> int:
    """Take all pictures; return 1 if one is too large."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, demo(Path(folder)) as database, browsing() as browser:
        server = WebServer(
            WebTicket(database=database, host="127.0.0.1", port=0, alias="Databus", expedite=_drive_nothing)
        )
        address = server.listen().rstrip("/")
        server.serve()
        try:
            sizes = [_take(browser, address, name) for name in TAKEN]
        finally:
            server.stop()
    return int(max(sizes) > LARGEST)


def _drive_nothing(client_id: str, route: str) -> None:
    """The buttons look as they do where drives are made."""


def _take(browser: Browser, address: str, name: str) -> int:
    way, person, look = TAKEN[name]
    file = PICTURES / f"{name}.png"
    with visiting(browser, address, *person, look) as page:
        way(page)
        take(page, file)
    size = file.stat().st_size
    print(f"{file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file}: {size:,} bytes")
    return size


if __name__ == "__main__":
    sys.exit(main())
