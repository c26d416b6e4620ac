"""A server that goes away, and comes back, before pages that are open."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.abstract_web_server import WebTicket
from databus.web.web_server import WebServer
from tests.web.browser.conftest import Visit, seat
from tests.web.browser.test_looks import problems


def ticket(database: AbstractDatabase, port: int) -> WebTicket:
    return WebTicket(database=database, host="127.0.0.1", port=port, alias="Test", expedite=lambda *_: None)


@contextmanager
def served(database: AbstractDatabase, port: int = 0) -> Iterator[str]:
    server = WebServer(ticket(database, port))
    address = server.listen().rstrip("/")
    server.serve()
    try:
        yield address
    finally:
        server.stop()


def test_a_page_says_that_nothing_comes_any_more_and_goes_on_by_itself(
    visit: Visit, database: AbstractDatabase
) -> None:
    notice = visit.page.get_by_role("alert")
    waiting = visit.page.locator(".route .waiting dd")
    with served(database) as visit.address:
        visit.log_in()
        expect(waiting).to_have_text("2")
        seat(database, "a new one")
        expect(waiting).to_have_text("3")  # it is followed
        expect(notice).to_have_count(0)
    expect(notice).to_contain_text("Databus has not answered since")
    assert problems(visit) == []
    seat(database, "another new one")
    with served(database, int(visit.address.rpartition(":")[2])):
        expect(waiting).to_have_text("4")
        expect(notice).to_have_count(0)
    visit.complaints.clear()  # the browser itself notes that nobody listens


def test_a_page_that_nobody_may_follow_any_more_when_databus_is_back_says_so(
    visit: Visit, database: AbstractDatabase
) -> None:
    with served(database) as visit.address:
        visit.log_in()
        port = int(visit.address.rpartition(":")[2])
        expect(visit.page.locator(".route .waiting dd")).to_have_text("2")
    visit.page.context.clear_cookies()
    with served(database, port):
        expect(visit.page.get_by_role("alert")).to_have_text("Your session is over. Log in")
    visit.complaints.clear()  # the browser itself notes that nobody listened


def test_what_is_typed_is_not_said_to_be_checked_while_nobody_checks_it(
    visit: Visit, database: AbstractDatabase
) -> None:
    page, found = visit.page, visit.page.locator("#findings")
    with served(database) as visit.address:
        visit.log_in()
        visit.go("/clients/acme/customizing")
        expect(found).to_contain_text("no problems")
        expect(page.locator(".cm-content")).to_be_visible()
    page.locator(".cm-content").click()
    page.keyboard.type("nonsense")
    expect(found).to_contain_text("Databus does not answer")
    expect(found).not_to_contain_text("no problems")
    assert problems(visit) == []
    with served(database, int(visit.address.rpartition(":")[2])):
        expect(found).to_contain_text("1 problem")
    visit.complaints.clear()  # the browser itself notes that nobody listens
