"""What a person sees: how soon Chromium paints a page."""

import os

CHROMIUM = "DATABUS_TEST_CHROMIUM"
"""Variable that says where it is; without it, it is not measured."""

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def first_paints(address: str, cookie: str, path: str, times: int) -> list[float]:
    """Return after how many milliseconds a page was seen, each time in a browser that has nothing of it yet."""
    from playwright.sync_api import sync_playwright  # heavy, and not there without the group dev

    name, _, value = cookie.partition("=")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ[CHROMIUM], args=FLAGS)
        paints = []
        for _ in range(times + 1):
            context = browser.new_context()
            context.add_cookies([{"name": name, "value": value, "url": address}])
            page = context.new_page()
            page.goto(address + path)
            paints.append(float(page.wait_for_function(PAINTED).json_value()))
            context.close()
        browser.close()
    return paints[1:]  # the first one starts the browser, too
