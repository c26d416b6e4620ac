"""Handling all that match: asked with the count, done, undone; seen by nobody else."""

import re
from typing import Any

import pytest
from httpx2 import Response

from databus.database.records import State
from databus.operating import many_entries
from databus.operating.batches import MOST, Batches
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import NOW, outcome, passenger, seat
from tests.web.administration import text_of
from tests.web.job_steps import ALL, DEAD, ask, audit, shown, states, steer, world
from tests.web.world import ADMINISTRATOR, ENTRY, HOSTILE, OPERATOR, ROOT_OPERATOR, STRANGER, Person, World

__all__ = ["world"]


def test_it_asks_with_the_count_and_does_nothing_before_the_answer(world: World) -> None:
    browser = world.browser(OPERATOR)
    before = states(world)
    job = ask(world, browser, "complete")
    assert "3 passengers match; those that come since are not touched" in shown(browser, job)
    assert "state dead" in shown(browser, job)
    assert "can be undone for 4 hours" in shown(browser, job)
    assert states(world) == before


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("retry", State.WAITING),
        ("complete", State.COMPLETE),
        ("incomplete", State.WAITING),
        ("dead", State.DEAD),
        ("delete", None),
    ],
)
def test_it_is_done_with_all_that_match(world: World, action: str, expected: State | None) -> None:
    browser = world.browser(OPERATOR)
    before = states(world)
    job = ask(world, browser, action)
    assert ("Deleting cannot be undone." in shown(browser, job)) is (action == "delete")
    assert steer(world, browser, job, "do").headers["location"] == job
    assert "Done with 3 of 3 passengers." in shown(browser, job)
    assert [states(world).get(f"dead {number}") for number in range(3)] == [expected] * 3
    assert {name: state for name, state in states(world).items() if not name.startswith("dead")} == {
        name: state for name, state in before.items() if not name.startswith("dead")
    }
    assert any("3 of 3 passengers (state dead)" in each and each.startswith("operator at") for each in audit(world))


def test_what_comes_after_the_count_is_not_touched(world: World) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "delete")
    (late,) = seat(world.database, passenger("late", processors=()))
    old = world.database.load("acme", ["id-waiting 1"])[0]
    dying = [outcome(late, "out", OutcomeKind.REJECTED), outcome(old, "check", OutcomeKind.REJECTED)]
    world.database.record([*dying, outcome(late, "notify")], now=NOW)
    steer(world, browser, job, "do")
    assert "Done with 3 of 3 passengers." in shown(browser, job)
    assert set(states(world)) == {"1", "late", "waiting 1", "waiting 2"}


def test_what_matches_no_longer_is_not_touched(world: World) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "delete")
    world.post(browser, "/clients/acme/queue", {"action": "retry", "ids": ["id-dead 1"]})
    steer(world, browser, job, "do")
    assert "Done with 2 of 3 passengers. The others have changed meanwhile" in shown(browser, job)
    assert states(world)["dead 1"] is State.WAITING


def test_where_nothing_matches_nothing_can_be_done(world: World) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "delete", f"{ALL}?search=nowhere")
    assert "Nothing matches" in shown(browser, job)
    assert 'value="do"' not in browser.get(job).text


def test_without_filters_all_are_meant(world: World) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "dead", ALL)
    steer(world, browser, job, "do")
    assert "Done with 6 of 6 passengers." in shown(browser, job)


def test_the_way_back_is_to_the_same_list(world: World) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "dead", f"{ALL}?state=dead&search=a%26b%20%2F%2Fevil")
    assert 'href="/clients/acme/queue?state=dead&amp;search=a%26b+%2F%2Fevil"' in browser.get(job).text


@pytest.mark.parametrize("form", [{}, {"action": "dance"}, {"action": HOSTILE}])
def test_an_action_that_there_is_not_is_none(world: World, form: dict[str, str]) -> None:
    assert world.post(world.browser(OPERATOR), DEAD, form).status_code == 422


# -- undo -------------------------------------------------------------------------------------------------------------


def test_what_was_done_with_all_is_undone(world: World) -> None:
    browser = world.browser(OPERATOR)
    before = states(world)
    job = ask(world, browser, "complete")
    steer(world, browser, job, "do")
    assert 'value="undo"' in browser.get(job).text
    steer(world, browser, job, "undo")
    assert "3 of 3 passengers are as they were before." in shown(browser, job)
    assert states(world) == before
    assert 'value="undo"' not in browser.get(job).text
    assert steer(world, browser, job, "undo").status_code == 400


def test_what_has_changed_since_is_not_undone(world: World) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "complete")
    steer(world, browser, job, "do")
    world.post(browser, "/clients/acme/queue", {"action": "incomplete", "ids": ["id-dead 1"]})
    steer(world, browser, job, "undo")
    assert "2 of 3 passengers are as they were before. Something else has changed the others" in shown(browser, job)
    assert states(world)["dead 1"] is State.WAITING


def test_what_is_deleted_cannot_be_undone(world: World) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "delete")
    steer(world, browser, job, "do")
    assert 'value="undo"' not in browser.get(job).text
    assert steer(world, browser, job, "undo").status_code == 400


def test_what_was_too_much_to_be_kept_cannot_be_undone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def small(kind: Any) -> Batches[Any]:
        return Batches(kind, most=MOST if kind is str else 1)

    monkeypatch.setattr(many_entries, "Batches", small)
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "complete")
    steer(world, browser, job, "do")
    assert "Done with 3 of 3 passengers. These were too many to be kept as they were" in shown(browser, job)
    assert 'value="undo"' not in browser.get(job).text


def undo_of(response: Response) -> str:
    """Return where the button Undo of a page leads to."""
    found = re.search(r'action="(/clients/acme/job\?id=[^"]+)"', response.text)
    assert found, response.text
    return found[1]


def test_what_was_ticked_is_undone(world: World) -> None:
    browser = world.browser(OPERATOR)
    before = states(world)
    ids = ["id-dead 0", "id-waiting 1"]
    done = world.post(browser, "/clients/acme/queue", {"action": "complete", "ids": ids, "back": "state=dead"})
    shows = browser.get(done.headers["location"])
    job = undo_of(shows)
    assert "Passengers: ticked" in shown(browser, job)
    steer(world, browser, job, "undo")
    assert states(world) == before
    assert 'href="/clients/acme/queue?state=dead"' in browser.get(job).text
    assert "/job?id=" not in browser.get(done.headers["location"]).text


def test_one_step_is_undone(world: World) -> None:
    browser = world.browser(OPERATOR)
    before = world.entries("acme")[0].steps
    done = world.post(browser, f"/clients/acme/entry?id={ENTRY}", {"change": "dead", "step": "push:out"})
    job = undo_of(browser.get(done.headers["location"]))
    steer(world, browser, job, "undo")
    assert world.entries("acme")[0].steps == before
    assert f'href="/clients/acme/entry?id={ENTRY}"' in browser.get(job).text


def test_somebody_else_s_undo_is_none(world: World) -> None:
    done = world.post(world.browser(OPERATOR), f"/clients/acme/entry?id={ENTRY}", {"change": "dead"})
    address = done.headers["location"]
    assert "/job?id=" in world.browser(OPERATOR).get(address).text
    assert "/job?id=" not in world.browser(ADMINISTRATOR).get(address).text


# -- whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [ADMINISTRATOR, ROOT_OPERATOR, STRANGER], ids=str)
def test_nobody_else_sees_or_steers_a_job(world: World, person: Person) -> None:
    before = states(world)
    job = ask(world, world.browser(OPERATOR), "delete")
    browser = world.browser(person)
    identity = job.partition("?")[2]
    for address in (job, f"/clients/acme/job/progress?{identity}", f"/clients/{person.client}/job?{identity}"):
        assert browser.get(address).status_code == 404
    for wish in ("do", "stop", "undo"):
        assert steer(world, browser, job, wish).status_code == 404
    assert "/job?id=" not in browser.get("/clients/acme/jobs").text
    assert states(world) == before


def test_a_job_of_one_client_is_none_of_another(world: World) -> None:
    browser = world.browser(ROOT_OPERATOR)
    job = ask(world, browser, "delete")
    assert browser.get(job).status_code == 200
    assert browser.get(job.replace("acme", "other")).status_code == 404
    assert steer(world, browser, job.replace("acme", "other"), "do").status_code == 404


def test_it_takes_the_token_of_the_session(world: World) -> None:
    browser = world.browser(OPERATOR)
    job = ask(world, browser, "delete")
    before = states(world)
    for form in ({"wish": "do"}, {"wish": "do", "csrf": "guessed"}):
        assert browser.post(job, data=form).status_code == 403
    assert browser.post(DEAD, data={"action": "delete"}).status_code == 403
    assert states(world) == before


def test_what_filters_say_is_text(world: World) -> None:
    browser = world.browser(OPERATOR)
    response = world.post(browser, ALL, {"action": "dead"}, params={"search": HOSTILE, "error": HOSTILE})
    for address in (response.headers["location"], "/clients/acme/jobs"):
        page = browser.get(address)
        assert HOSTILE in text_of(page)
        assert "<xss" not in page.text
