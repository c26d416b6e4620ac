"""What a person sees: how soon Chromium paints a page."""

import os

CHROMIUM = "DATABUS_TEST_CHROMIUM"
"""Variable that says where it is; without it, it is not measured."""

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

PAINTED = """() => new Promise(resolve => new PerformanceObserver(list => {
    const paint = list.getEntriesByName('first-contentful-paint')[0];
    if (paint) resolve(paint.startTime);
}).observe({type: 'paint', buffered: true}))"""
"""Waits in the page: `wait_for_function` looks again by `eval`, which the pages forbid."""


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
            paints.append(float(page.evaluate(PAINTED)))
            context.close()
        browser.close()
    return paints[1:]  # the first one starts the browser, too
