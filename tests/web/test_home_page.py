"""Home and passengers: what travels, what travelled in the last day, what happens now, and asking for a drive."""

import dataclasses
import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from databus.database.records import LogQuery
from databus.dispatcher.activity import Activity
from databus.dispatcher.client_switch import set_client_off
from databus.dispatcher.route_state import paused_routes, set_paused, write_state
from databus.dispatcher.throughput import FOLDER, Carried, add_throughput
from databus.driver.abstract_driver import DriveSummary
from databus.testing.samples import NOW
from databus.web.pages import home, passengers
from tests.web.world import ADMINISTRATOR, HOSTILE, OPERATOR, ROOT_ADMINISTRATOR, ROUTE, World, config

HOUR = timedelta(hours=1)
HOME = "/clients/acme"
PASSENGERS = "/clients/acme/passengers"


def shown(browser: TestClient, address: str) -> str:
    """Return a page as it is read, without its marks."""
    answer = browser.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", answer.text)))


def carry(world: World, done: int, failed: int = 0, *, before: timedelta = timedelta(0), client: str = "acme") -> None:
    add_throughput(world.database, client, ROUTE, Carried(done, failed), at=NOW - before)


def scheduled(**schedule: object) -> dict[str, object]:
    made = config(ADMINISTRATOR, OPERATOR)
    made["passengers"][0].update(schedule)
    return made


# -- the last day -----------------------------------------------------------------------------------------------------


def test_home_counts_what_is_done_today_and_in_24_hours(world: World) -> None:
    world.now = datetime(2026, 3, 1, 11, 30, tzinfo=UTC)
    yesterday = datetime(2026, 2, 28, 23, 45, tzinfo=UTC)
    for at, carried in ((yesterday, Carried(1200, 3)), (world.now, Carried(34, 1))):
        add_throughput(world.database, "acme", ROUTE, carried, at=at)
    text = shown(world.browser(OPERATOR), HOME)
    assert "34 done today" in text
    assert "24 h: 1,234 done, 4 failed" in text
    world.configure("acme", scheduled(time_zone="Europe/Berlin"))
    assert "1,234 done today" in shown(world.browser(OPERATOR), HOME), "there it was today already"


def test_the_picture_says_what_it_shows_and_each_hour_has_its_numbers(world: World) -> None:
    carry(world, 1200, 3, before=2 * HOUR)
    carry(world, 5)
    text = html.unescape(world.browser(OPERATOR).get(HOME).text)
    most = (NOW - 2 * HOUR).replace(minute=0)
    span = f"{most:%H:%M}–{most + HOUR:%H:%M} UTC: 1,200 done, 3 failed"
    assert f'aria-label="Last 24 hours: 1,205 done, 3 failed; most {span}"' in text
    assert re.findall(r"<title>([^<]*)</title></rect>", text)[0] == span
    assert len(re.findall(r"<rect ", text)) == 2
    assert "<rect" not in world.browser(ROOT_ADMINISTRATOR).get("/").text, "of all clients it would be much"
    assert "Nothing was carried in the last 24 hours" in world.browser(ROOT_ADMINISTRATOR).get("/clients/other").text


def test_failures_lead_to_what_has_failed(world: World) -> None:
    carry(world, 0, 2)
    text = html.unescape(world.browser(OPERATOR).get(HOME).text)
    assert f'href="{HOME}/log?passenger={ROUTE}&worst=error"' in text
    for state in ("failed", "dead"):
        assert f'href="{HOME}/queue?passenger={ROUTE}&state={state}"' in text


def test_one_client_s_numbers_are_not_another_s(world: World) -> None:
    carry(world, 77, client="other")
    assert "0 done today" in shown(world.browser(OPERATOR), HOME)


def test_the_passengers_page_does_not_read_what_it_does_not_show(world: World) -> None:
    read: list[str] = []
    original = world.database.read_document

    def noted(client_id: str, name: str, **more: str) -> object:
        read.append(name)
        return original(client_id, name, **more)

    world.database.__dict__["read_document"] = noted
    browser = world.browser(OPERATOR)
    browser.get(PASSENGERS)
    assert not [name for name in read if name.startswith(FOLDER)]
    browser.get(HOME)
    assert f"{FOLDER}{ROUTE}" in read


# -- schedules, pauses, drives ----------------------------------------------------------------------------------------


def test_both_pages_say_when_a_route_is_driven(world: World) -> None:
    world.configure("acme", scheduled(schedule="30 6 * * 1-5", time_zone="Europe/Berlin"))
    summary = DriveSummary("acme", ROUTE, pulled=3, pushed=2, failed=1, seconds=1.5, log="log-1")
    write_state(world.database, summary, began=NOW - HOUR, now=NOW)
    for address in (HOME, PASSENGERS):
        text = shown(world.browser(OPERATOR), address)
        assert re.search(r"At 06:30 on Monday through Friday, Europe/Berlin time · next \d{4}-\d\d-\d\d", text)
        assert re.search(r"Last drive [-\d:. UTC]+, 1.5 s: 3 pulled, 2 pushed, 1 failed · log", text)
        assert f'href="{HOME}/log/log-1"' in world.browser(OPERATOR).get(address).text


def test_what_was_never_driven_is_due_and_stays_so_without_a_word(world: World) -> None:
    world.configure("acme", scheduled(sync_frequency=15))
    for page in (home, passengers):
        first = page.look(world.site, "acme")
        assert "Every 15 minutes · due now" in first
        world.later(timedelta(seconds=1))
        assert page.look(world.site, "acme") == first, "nothing to be sent"


def test_on_demand_home_says_where_to_drive_it(world: World) -> None:
    text = html.unescape(world.browser(OPERATOR).get(HOME).text)
    assert f'href="{PASSENGERS}#route-{ROUTE}"' in text
    assert f'id="route-{ROUTE}"' in world.browser(OPERATOR).get(PASSENGERS).text


def test_who_paused_what_is_shown(world: World) -> None:
    browser = world.browser(OPERATOR)
    answer = world.post(browser, f"{PASSENGERS}/pause", {"route": ROUTE})
    assert answer.headers["location"] == f"{PASSENGERS}#route-{ROUTE}"
    assert paused_routes(world.database, "acme") == {ROUTE}
    for address in (HOME, PASSENGERS):
        assert "paused by operator since 2" in shown(browser, address)
    set_paused(world.database, True, now=NOW, by=HOSTILE)
    for address in (HOME, PASSENGERS):
        assert f"Everything is paused by {HOSTILE} since 2" in html.unescape(
            re.sub(r"<time[^>]*>", "", browser.get(address).text)
        )
    world.post(browser, f"{PASSENGERS}/resume", {"route": ROUTE})
    assert paused_routes(world.database, "acme") == set()
    assert world.post(browser, f"{PASSENGERS}/resume", {"route": "none"}).status_code == 404


def test_a_client_that_is_off_says_so_and_nothing_of_it_is_due(world: World) -> None:
    world.configure("acme", scheduled(sync_frequency=15))
    set_client_off(world.database, "acme", True, by="ann", now=NOW)
    for address in (HOME, PASSENGERS):
        text = shown(world.browser(OPERATOR), address)
        assert "This client is switched off by ann since 2" in text
        assert "Every 15 minutes" in text
        assert "due now" not in text
    asked = dataclasses.replace(world.site, activity=lambda client, route: Activity(is_asked=True))
    for page in (home, passengers):
        assert "a drive begins when its client is switched on" in page.look(asked, "acme")


@pytest.mark.parametrize(
    ("activity", "text"),
    [
        (Activity(is_asked=True), "asked for a drive begins at once"),
        (Activity(began=NOW), "running since 2"),
        (
            Activity(began=NOW, progress=DriveSummary("acme", ROUTE, pulled=1500, pushed=7, failed=2)),
            ": 1,500 pulled, 7 pushed, 2 failed so far",
        ),
        (Activity(is_asked=True, began=NOW), "asked for a drive begins when this one is over"),
        (Activity(trouble="A drive was cut off."), "A drive was cut off."),
    ],
)
def test_what_happens_now_is_shown(world: World, activity: Activity, text: str) -> None:
    asked: list[tuple[str, str]] = []

    def tell(client: str, route: str) -> Activity:
        asked.append((client, route))
        return activity

    world.site.__dict__["activity"] = tell
    for address in (HOME, PASSENGERS):
        assert text in shown(world.browser(OPERATOR), address)
    assert set(asked) == {("acme", ROUTE)}
    button = re.search(r"<button[^>]*expedite[^>]*>", world.browser(OPERATOR).get(PASSENGERS).text)
    assert button is not None
    assert ("disabled" in button[0]) == activity.is_asked


def test_what_waits_for_the_end_of_a_pause_says_so(world: World) -> None:
    world.site.__dict__["activity"] = lambda client, route: Activity(is_asked=True)
    set_paused(world.database, True, now=NOW, by="ann")
    assert "a drive begins when the pause is over" in shown(world.browser(OPERATOR), PASSENGERS)


def test_a_drive_goes_by_the_last_good_configuration(world: World) -> None:
    browser = world.browser(OPERATOR)
    assert f'value="{ROUTE}"' in browser.get(PASSENGERS).text
    broken = {**config(ADMINISTRATOR, OPERATOR), "passengers": [{"name": ROUTE, "pullers": 7}]}
    world.configure("acme", broken)
    for address in (HOME, PASSENGERS):
        text = shown(browser, address)
        assert "The configuration cannot be used; the last good one goes on" in text
        assert "not configured" not in text
    assert world.post(browser, f"{PASSENGERS}/expedite", {"route": ROUTE}).status_code == 303
    assert world.expedited == [("acme", ROUTE)]
    lines = [
        line.message
        for head in world.database.find_logs(LogQuery(client_id="acme")).items
        for line in world.database.read_log("acme", head.guid)[1]
    ]
    assert f"operator at the web page: asked for a drive of {ROUTE}" in lines
    assert world.post(browser, f"{PASSENGERS}/expedite", {"route": "none"}).status_code == 404


def test_a_process_that_drives_nothing_says_so(world: World) -> None:
    world.site.__dict__["expedite"] = None
    browser = world.browser(OPERATOR)
    button = re.search(r"<button[^>]*expedite[^>]*>", browser.get(PASSENGERS).text)
    assert button is not None
    assert 'disabled title="This process only shows pages' in button[0]
    assert world.post(browser, f"{PASSENGERS}/expedite", {"route": ROUTE}).status_code == 400


def test_what_is_empty_says_what_to_do(world: World) -> None:
    world.configure("acme", {**config(ADMINISTRATOR, OPERATOR), "passengers": []})
    assert "puts the route back under Customizing" in shown(world.browser(OPERATOR), PASSENGERS)
    world.configure("new", {"passengers": []})
    for address in ("/clients/new", "/clients/new/passengers"):
        assert "No routes yet." in shown(world.browser(ROOT_ADMINISTRATOR), address)


def test_what_is_followed_has_no_secret_of_anybody(world: World) -> None:
    """It is looked up once for all who follow it."""
    browser = world.browser(OPERATOR)
    csrf = world.csrf(browser)
    for page, client in ((home, "acme"), (passengers, "acme"), (home, "")):
        assert csrf not in page.look(world.site, client)
    assert csrf in browser.get(PASSENGERS).text
