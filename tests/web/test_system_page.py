"""The system page: what runs, switching clients, ending the process; and the page about it all."""

from datetime import timedelta

from databus import __version__
from databus.database.hold import Holding
from databus.database.records import LogQuery, Route
from databus.dispatcher.active_drive import ActiveDrive
from databus.dispatcher.client_switch import is_client_off
from databus.testing.samples import NOW
from tests.web.world import (
    HOSTILE,
    OPERATOR,
    ROOT_ADMINISTRATOR,
    ROOT_OPERATOR,
    ROUTE,
    STRANGER,
    World,
)


def audited(world: World, client: str) -> str:
    heads = world.database.find_logs(LogQuery(client_id=client)).items
    return "\n".join(line.message for head in heads for line in world.database.read_log(client, head.guid)[1])


def test_it_shows_versions_engine_and_what_this_process_drives(world: World) -> None:
    world.drives.append(ActiveDrive(client_id="acme", passenger_module=HOSTILE, began=NOW))
    text = world.browser(ROOT_OPERATOR).get("/system").text
    assert __version__ in text
    assert type(world.database).__module__ in text
    assert "It drives 1 route now." in text
    assert "<xss" not in text
    assert ("Room for the database" in text) is (world.database.endpoint_folder is not None)


def test_it_shows_who_has_leased_what_until_when(world: World) -> None:
    assert "No process works on passengers" in world.browser(ROOT_OPERATOR).get("/system").text
    route = Route(client_id="acme", passenger_module=ROUTE)
    owner = f"machine:4711 {HOSTILE}"
    world.database.claim(route, after=0, limit=1, owner=owner, lease=timedelta(minutes=2), now=world.now)
    text = world.browser(ROOT_OPERATOR).get("/system").text
    assert "machine:4711" in text
    assert (NOW + timedelta(minutes=2)).isoformat(timespec="microseconds") in text
    assert "<xss" not in text


def test_a_client_is_switched_off_and_on(world: World) -> None:
    browser = world.browser(ROOT_ADMINISTRATOR)
    assert world.post(browser, "/system/client", {"client": "acme", "on": "false"}).status_code == 303
    assert is_client_off(world.database, "acme")
    assert 'aria-label="Switch on acme"' in browser.get("/system").text
    assert "This client is switched off" in world.browser(OPERATOR).get("/clients/acme").text
    world.post(browser, "/system/client", {"client": "acme", "on": "true"})
    assert not is_client_off(world.database, "acme")
    assert "administrator of root at the web page: switched the client off" in audited(world, "acme")
    assert world.post(browser, "/system/client", {"client": "none", "on": "false"}).status_code == 404
    assert "none" not in world.database.clients()


def test_a_held_client_says_by_whom(world: World) -> None:
    with Holding(world.database, "acme", by="databus export", clock=lambda: world.now):
        assert "by databus export" in world.browser(ROOT_OPERATOR).get("/system").text


def test_many_clients_come_in_pages(world: World) -> None:
    for number in range(60):
        world.configure(f"many {number:02}", {})
    first = world.browser(ROOT_OPERATOR).get("/system").text
    assert ("many 45" in first, "many 55" in first) == (True, False)
    assert "after=many+48" in first
    second = world.browser(ROOT_OPERATOR).get("/system", params={"after": "many 48"}).text
    assert ("many 48" in second, "many 49" in second, "root" in second) == (False, True, True)


def test_shutting_down_asks_first_and_shows_what_is_running(world: World) -> None:
    world.drives.append(ActiveDrive(client_id="acme", passenger_module=ROUTE, began=NOW))
    browser = world.browser(ROOT_ADMINISTRATOR)
    asked = browser.get("/system/shutdown").text
    assert ROUTE in asked
    assert world.ended == []
    answer = world.post(browser, "/system/shutdown")
    assert (answer.status_code, "Databus is ending" in answer.text) == (200, True)
    assert world.ended == ["asked to end"]
    assert "administrator of root at the web page: ended the process" in audited(world, "root")


def test_a_process_that_drives_nothing_cannot_be_ended_here_and_says_so(world: World) -> None:
    object.__setattr__(world.site, "shutdown", None)
    browser = world.browser(ROOT_ADMINISTRATOR)
    page = browser.get("/system").text
    assert "This process only shows pages" in page
    assert 'href="/system/shutdown"' not in page
    assert browser.get("/system/shutdown").status_code == 400
    assert world.post(browser, "/system/shutdown").status_code == 400


def test_what_an_operator_may_not_is_disabled_with_the_reason(world: World) -> None:
    page = world.browser(ROOT_OPERATOR).get("/system").text
    assert page.count('disabled title="Only an administrator may do that"') == 3 + len(world.database.clients())
    assert 'href="/export"' not in page


def test_everybody_sees_what_this_is_and_nothing_of_servers(world: World) -> None:
    world.later(timedelta(days=3))
    page = world.browser(STRANGER).get("/about").text
    assert __version__ in page
    assert "3 days" in page
    assert 'href="/api/docs"' in page
    assert str(world.database.arguments.get("path", "no path")) not in page
    assert 'href="/about"' in world.browser(STRANGER).get("/clients/other").text
