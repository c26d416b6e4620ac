"""Each page's main task, from the click to what is stored."""

from pathlib import Path

from playwright.sync_api import Route, expect

from databus.client.log import Log, LogEntry, MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import QueuePurge, QueueQuery, State
from databus.database.steps import state
from databus.dispatcher.route_state import is_paused, paused_routes
from databus.dispatcher.throughput import Carried, add_throughput
from databus.driver.log_writer import LogWriter
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.timestamps import utc_now
from tests.web.browser.conftest import HOSTILE, PASSENGER, ROUTE, USERS, Asked, Visit, complete, configure, seat
from tests.web.world import DOT

# `wait_for_function` looks again by `eval`, which the pages forbid.
HTMX_IS_THERE = """() => new Promise(resolve => {
    const look = () => window.htmx ? resolve() : requestAnimationFrame(look);
    look();
})"""

NOTE_WHAT_IS_SHOWN = """() => new MutationObserver(() => {
    const count = document.querySelector(".route .waiting dd");
    if (!count || count.textContent !== "2") window.shown(count ? count.textContent : "none");
}).observe(document.querySelector("main"), {childList: true, subtree: true, characterData: true})"""


def state_of(database: AbstractDatabase, name: str) -> State | None:
    for entry in database.load("acme", [f"id of {name}"]):
        return state(entry, utc_now())
    return None


def test_a_wrong_password_is_told_and_a_right_one_lets_in(visit: Visit) -> None:
    visit.go("/clients/acme/queue?search=one")
    visit.page.fill("#client", "acme")
    visit.page.fill("#username", "ann")
    visit.page.fill("#password", "guessed")
    visit.page.click("main button")
    expect(visit.page.get_by_role("alert")).to_contain_text("do not fit together")
    visit.complaints.clear()  # the browser itself notes the 401
    visit.page.fill("#password", "secret of everybody")
    visit.page.click("main button")
    expect(visit.page).to_have_url(f"{visit.address}/clients/acme/queue?search=one")
    visit.page.click("text=Log out")
    visit.go("/clients/acme")
    expect(visit.page).to_have_url(f"{visit.address}/login?next=%2Fclients%2Facme")


def test_home_shows_what_travels_and_follows_it(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in()
    waiting = visit.page.locator(".route .waiting dd")
    expect(waiting).to_have_text("2")
    seat(database, "a new one")
    expect(waiting).to_have_text("3")  # nobody has loaded the page again
    complete(database, "a new one")
    expect(visit.page.locator(".route .complete dd")).to_have_text("2")
    add_throughput(database, "acme", PASSENGER, Carried(3), at=utc_now())
    expect(visit.page.get_by_role("img", name="Last 24 hours: 3 done")).to_be_visible()
    assert visit.page.locator(".spark .done").evaluate("path => path.getBBox().height") > 0, "it is a picture"
    visit.page.click(".route .dead dd a")
    expect(visit.page.locator("main tbody tr")).to_have_count(1)
    expect(visit.page.locator("main tbody")).to_contain_text("dead one")


def test_home_is_live_though_a_script_arrives_late(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    visit.page.route("**/hx-sse.min.js", hold)
    with visit.page.expect_request("**/hx-sse.min.js"):
        visit.page.goto(f"{visit.address}/clients/acme", wait_until="commit")
    visit.page.evaluate(HTMX_IS_THERE)
    visit.page.evaluate("new Promise(done => setTimeout(done))")  # htmx began by now, if it does not wait
    held[0].continue_()
    seat(database, "a new one")
    expect(visit.page.locator(".route .waiting dd")).to_have_text("3")


def test_who_is_removed_sees_nothing_that_happens_since(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in(user="bob")
    expect(visit.page.locator(".route .waiting dd")).to_have_text("2")
    shown: list[str] = []
    visit.page.expose_function("shown", lambda count: shown.append(count))  # noqa: PLW0108 - no method will do
    visit.page.evaluate(NOTE_WHAT_IS_SHOWN)
    configure(database, "acme", {"passengers": [ROUTE], "users": USERS[:1]})
    seat(database, "a secret one")
    expect(visit.page.get_by_role("alert")).to_have_text("Your session is over. Log in")
    assert set(shown) == {"none"}
    visit.page.click("main >> text=Log in")
    visit.page.wait_for_url("**/login")


def test_a_passenger_is_found_and_tried_again(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in(user="bob")
    visit.page.click("text=Queue")
    expect(visit.page.locator("main tbody tr")).to_have_count(5)
    expect(visit.page.get_by_role("button", name="Retry now")).to_be_disabled()
    visit.page.wait_for_load_state()
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("DEAD")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("main tbody tr")).to_have_count(1)
    visit.page.check("tbody input[type=checkbox]")
    expect(visit.page.locator("[data-ticked]")).to_have_text("1 ticked:")
    visit.page.get_by_role("button", name="Retry now").click()
    expect(visit.page.get_by_role("status")).to_contain_text("1 of 1 passengers will be tried again")
    assert state_of(database, "dead one") is State.WAITING


def test_many_are_deleted_after_a_question(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in()
    visit.go("/clients/acme/queue")
    visit.page.check("[data-tick-all]")
    visit.page.get_by_role("button", name="Delete …").click()
    expect(visit.page.locator("h1")).to_have_text("Delete 5 passengers?")
    expect(visit.page.locator("main li")).to_contain_text(["waiting one of shop", "complete one of shop"])
    assert state_of(database, "waiting one") is State.WAITING
    visit.page.click("text=Cancel")
    visit.page.check("[data-tick-all]")
    visit.page.get_by_role("button", name="Delete …").click()
    visit.page.get_by_role("button", name="Delete").click()
    expect(visit.page.get_by_role("status")).to_contain_text("5 of 5 passengers deleted")
    expect(visit.page.locator("main")).to_contain_text("The queue is empty")
    assert database.find(QueueQuery(client_id="acme"), now=utc_now()).items == ()


def test_who_comes_back_finds_nobody_else_ticked(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in()
    visit.go("/clients/acme/queue")
    visit.page.check("tbody tr:first-child input")
    visit.page.click("text=About")
    expect(visit.page.locator("h1")).to_contain_text("About")
    seat(database, "a new one", "another new one")
    visit.page.go_back()
    expect(visit.page.locator("main tbody tr")).to_have_count(7)
    expect(visit.page.locator("input[name=ids]:checked")).to_have_count(0)
    expect(visit.page.locator("[data-ticked]")).to_have_text("Tick passengers to handle them:")


def test_a_step_is_set_with_one_click(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in(user="bob")
    visit.go("/clients/acme/queue?state=failed")
    visit.page.click("td.id a")
    expect(visit.page.locator(".why")).to_contain_text("failed at attempt")
    visit.page.locator("tr", has_text="push").get_by_role("button", name="complete", exact=True).click()
    expect(visit.page.locator("h1 .state")).to_have_text("complete")
    assert state_of(database, "failed one") is State.COMPLETE


def test_an_attachment_is_looked_at_and_saved(visit: Visit, tmp_path: Path) -> None:
    visit.log_in()
    visit.go("/clients/acme/queue?state=dead")
    visit.page.click("td.id a")
    visit.page.locator("tr", has_text="order.json").get_by_text("look at").click()
    preview = visit.page.locator("#looked-at")  # within the passenger's page
    expect(preview.locator(".tree .leaf")).to_have_text("order 1")
    preview.get_by_text("As plain text").click()
    expect(visit.page.locator("pre.content")).to_have_text('{"order": 1}')
    with visit.page.expect_download() as download:
        visit.page.click("main >> text=Download")
    download.value.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_text() == '{"order": 1}'
    assert download.value.suggested_filename == "order.json"


def test_a_picture_is_seen(visit: Visit, database: AbstractDatabase) -> None:
    seat(database, "with a picture", more=[Attachment("dot.gif", AttachmentFormat.binary, binary_content=DOT)])
    visit.log_in()
    visit.go("/clients/acme/entry?id=id+of+with+a+picture")
    visit.page.locator("tr", has_text="dot.gif").get_by_text("look at").click()
    expect(visit.page.locator("#looked-at img.picture")).to_have_js_property("naturalWidth", 1)


def test_an_attachment_that_is_gone_is_told_where_it_was_looked_for(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in()
    visit.go("/clients/acme/entry?id=id+of+complete+one")
    purge = QueuePurge(client_id="acme", internal_ids=("id of complete one",))
    assert database.purge(purge, limit=1, now=utc_now()) == 1
    visit.page.locator("tr", has_text="order.json").get_by_text("look at").click()
    expect(visit.page.locator("#looked-at .trouble")).to_contain_text("Not here")
    visit.complaints.clear()  # the browser itself notes the 404


def test_a_log_is_followed_while_it_is_written(visit: Visit, database: AbstractDatabase, tmp_path: Path) -> None:
    log = Log()
    writer = LogWriter(database, log, client_id="acme", passenger_module=PASSENGER, secrets=frozenset())
    log.append_text("The drive begins", "plug-in")
    writer.flush()
    visit.log_in(user="bob")
    visit.go(f"/clients/acme/log/{log.guid}")
    visit.page.click("text=Follow")
    expect(visit.page.locator("td.message")).to_have_text(["The drive begins"])
    log.append_text(f"A line with {HOSTILE}", "plug-in")
    writer.flush()
    expect(visit.page.locator("td.message")).to_have_text([f"A line with {HOSTILE}", "The drive begins"])
    log.append_entry(LogEntry("It failed", type=MessageType.error, source="plug-in"))
    writer.flush()
    expect(visit.page.locator("td.message").first).to_have_text("It failed")
    expect(visit.page.locator("#lines > p")).to_contain_text("error 3 lines, being written")
    visit.page.click("text=Stop following")
    visit.page.select_option("#level", "error")
    visit.page.click("main >> text=Show")
    expect(visit.page.locator("td.message")).to_have_text(["It failed"])
    with visit.page.expect_download() as download:
        visit.page.click("main >> text=Download")
    download.value.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_text().endswith("[plug-in][error] It failed\n")


def test_what_a_source_says_is_shown_and_does_nothing(visit: Visit) -> None:
    visit.log_in()
    visit.go("/clients/acme/queue")
    visit.page.get_by_role("link", name=HOSTILE).click()
    expect(visit.page.locator("h1")).to_contain_text(HOSTILE)
    visit.page.locator("tr", has_text="onerror").last.get_by_text("look at").click()
    expect(visit.page.locator("#looked-at pre.content, #looked-at .note").first).to_be_visible()
    expect(visit.page.locator("#looked-at h1")).to_have_text(HOSTILE)
    visit.go("/clients/acme/queue?state=failed")
    visit.page.click("td.id a")
    visit.page.locator("td.error summary").click()
    expect(visit.page.locator("td.error pre")).to_contain_text(HOSTILE)
    visit.go("/clients/acme/log?worst=error")
    visit.page.click("main tbody a")
    expect(visit.page.locator("td.message").last).to_contain_text(HOSTILE)


def test_a_drive_is_asked_for(visit: Visit, asked: Asked) -> None:
    visit.log_in(user="bob")
    visit.page.click("text=Passengers")
    with visit.page.expect_navigation():
        visit.page.click("text=Drive now")
    assert asked.routes == [("acme", PASSENGER)]


def test_a_route_rests_and_goes_on(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in(user="bob")
    visit.page.click("text=Passengers")
    visit.page.get_by_role("button", name="Pause").click()
    expect(visit.page.get_by_role("button", name="Resume")).to_be_visible()
    assert paused_routes(database, "acme") == {PASSENGER}
    visit.go("/clients/acme/entry?id=id+of+waiting+one")
    expect(visit.page.locator(".why")).to_contain_text("but this route is paused")
    visit.page.click("text=Passengers")
    visit.page.get_by_role("button", name="Resume").click()
    expect(visit.page.get_by_role("button", name="Pause")).to_be_visible()
    assert paused_routes(database, "acme") == set()


def test_what_waits_at_the_source_is_looked_at(visit: Visit, database: AbstractDatabase, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "order 7.xml").write_text("<order/>")
    gone = {
        "module": "databus.puller.files",
        "name": "gone",
        "settings": {"url": str(tmp_path / "gone"), "when_seated": "delete"},
    }
    there = {
        "module": "databus.puller.files",
        "settings": {"url": str(inbox), "minimum_age": 0, "when_seated": "delete"},
    }
    configure(database, "acme", {"passengers": [{**ROUTE, "pullers": [there, gone]}], "users": USERS})
    visit.log_in(user="bob")
    visit.page.click("text=Passengers")
    visit.page.click("text=Peek")
    expect(visit.page.locator("main tbody")).to_contain_text("order 7.xml")
    expect(visit.page.locator(".alert")).to_contain_text("gone")
    visit.page.locator("td a", has_text="order 7.xml").click()
    expect(visit.page.locator(".tree")).to_contain_text("order")
    assert (inbox / "order 7.xml").exists()


def test_root_pauses_everything(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in(client="root")
    expect(visit.page.locator("h2").first).to_have_text("acme")
    visit.page.click("text=System")
    visit.page.click("text=Pause")
    expect(visit.page.get_by_role("button", name="Resume")).to_be_visible()
    assert is_paused(database)
    visit.go("/")
    expect(visit.page.locator(".alert")).to_contain_text("paused")


def test_who_may_not_finds_the_button_disabled(visit: Visit) -> None:
    visit.log_in(client="root", user="bob")
    visit.go("/system")
    button = visit.page.get_by_role("button", name="Pause")
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", "Only an administrator may do that")
