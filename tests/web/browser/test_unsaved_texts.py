"""What somebody has typed and not saved is not lost without a word."""

from playwright.sync_api import Dialog, Route, expect

from databus.database.abstract_database import AbstractDatabase
from databus.timestamps import utc_now
from tests.web.browser.conftest import Visit
from tests.web.browser.test_looks import problems

PAGE = "/clients/acme/customizing"


class Questions:
    """What the browser asks before it leaves a page; somebody who stays until told otherwise."""

    def __init__(self, visit: Visit) -> None:
        self.asked: list[str] = []
        self.leaves = False
        visit.page.on("dialog", self._answer)

    def _answer(self, dialog: Dialog) -> None:
        self.asked.append(dialog.type)
        if self.leaves:
            dialog.accept()
        else:
            dialog.dismiss()


def write(visit: Visit, text: str) -> None:
    expect(visit.page.locator(".cm-content")).to_be_visible()
    visit.page.locator(".cm-content").click()
    visit.page.keyboard.press("ControlOrMeta+a")
    visit.page.keyboard.insert_text(text)
    expect(visit.page.locator("#document-text")).to_have_value(text)


def test_who_leaves_what_is_not_saved_is_asked_first(visit: Visit) -> None:
    page, questions = visit.page, Questions(visit)
    visit.log_in()
    visit.go(PAGE)
    write(visit, '{"log_life_span": 5}')
    with page.expect_event("dialog"):
        page.click("text=Queue", no_wait_after=True)
    expect(page.locator(".cm-content")).to_contain_text("log_life_span")
    page.get_by_role("button", name="What would change").click()
    expect(page.locator(".diff")).to_be_visible()
    assert questions.asked == ["beforeunload"], "who sends a text is not asked"
    write(visit, '{"log_life_span": 6}')
    with page.expect_event("dialog"):
        page.click("text=Queue", no_wait_after=True)
    page.click("text=Discard")
    expect(page.locator(".diff")).to_have_count(0)
    page.click("text=Queue")
    expect(page.locator("h1")).to_have_text("Queue")
    assert questions.asked == ["beforeunload"] * 2, "nor who throws it away, or has typed nothing"
    page.go_back()
    write(visit, '{"log_life_span": 7}')
    questions.leaves = True
    page.click("text=Queue")
    expect(page.locator("h1")).to_have_text("Queue")


def test_what_is_filled_in_and_not_put_into_the_text_is_not_saved(visit: Visit) -> None:
    page, questions = visit.page, Questions(visit)
    visit.log_in()
    visit.go(PAGE)
    page.get_by_role("button", name="Open its form").click()
    page.get_by_label("pattern").fill("*.xml")
    with page.expect_event("dialog"):
        page.click("text=Queue", no_wait_after=True)
    page.get_by_role("button", name="Put into the text").click()
    expect(page.locator(".diff .added").first).to_be_visible()
    assert questions.asked == ["beforeunload"]


def test_what_was_sent_after_the_session_was_over_is_given_back(visit: Visit, database: AbstractDatabase) -> None:
    page, text = visit.page, '{"log_life_span": 8, "text": "</textarea><b>"}'
    visit.log_in()
    visit.go(PAGE)
    expect(page.locator("#findings")).to_contain_text("no problems")
    write(visit, text)
    database.write_document("acme", "state/sessions", b"{}", expected=None, by="", now=utc_now())
    page.get_by_role("button", name="What would change").click()
    expect(page.locator("h1")).to_have_text("You are logged out")
    expect(page.get_by_label("What you have typed")).to_have_value(text)
    visit.complaints.clear()  # the browser itself notes the 401
    assert problems(visit) == []
    page.get_by_role("link", name="Log in").click()
    expect(page).to_have_url(f"{visit.address}/login?next=%2Fclients%2Facme%2Fcustomizing")


def test_what_was_found_before_is_said_to_be_so_while_somebody_types(visit: Visit) -> None:
    page = visit.page
    visit.log_in()
    visit.go(PAGE)
    expect(page.locator("#findings")).to_contain_text("no problems")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/check*", hold)
    with page.expect_request("**/check*"):
        write(visit, "nonsense")
        expect(page.locator("#unchecked")).to_be_visible()
        assert problems(visit) == []
    page.unroute_all()
    page.keyboard.type("!")
    expect(page.locator("#findings")).to_contain_text("1 problem")
    expect(page.locator("#unchecked")).to_be_hidden()


def test_the_keyboard_gets_out_of_the_editor(visit: Visit) -> None:
    page = visit.page
    visit.log_in()
    visit.go(PAGE)
    text = page.locator(".cm-content")
    text.focus()
    expect(text).to_have_accessible_description("Tab is a key of the editor: Esc, then Tab, leads out of it.")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="What would change")).to_be_focused()
