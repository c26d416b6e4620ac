"""Deleting what is old: complete passengers, and logs."""

from datetime import timedelta

import pytest

from databus.database.records import Entry
from databus.testing.samples import NOW, head, line, passenger, seat, settle
from tests.web.job_steps import audit, shown, states, steer, world
from tests.web.world import ADMINISTRATOR, OPERATOR, ROUTE, World, config

__all__ = ["world"]


@pytest.fixture
def old(world: World) -> list[Entry]:
    """Passengers that were completed long ago and just now, and one that has waited for long."""
    long_ago = NOW - timedelta(days=40)
    entries = settle(world.database, passenger("old 1"), passenger("old 2", passenger_module=ROUTE + "2"), at=long_ago)
    entries += settle(world.database, passenger("new", pull_datetime=long_ago), at=NOW)
    return entries + seat(world.database, passenger("left", pull_datetime=long_ago))


def test_what_was_completed_long_ago_is_purged(world: World, old: list[Entry]) -> None:
    browser = world.browser(OPERATOR)
    job = str(world.post(browser, "/clients/acme/queue/purge", {"days": "30"}).headers["location"])
    assert "2 passengers match" in shown(browser, job)
    assert "Deleting cannot be undone." in shown(browser, job)
    steer(world, browser, job, "do")
    assert set(states(world)) & {"old 1", "old 2", "new", "left"} == {"new", "left"}
    assert any("deleted shop - old 1" in each for each in audit(world))


def test_only_one_route_is_purged(world: World, old: list[Entry]) -> None:
    browser = world.browser(OPERATOR)
    form = {"days": "30", "passenger": f"{ROUTE}2"}
    job = str(world.post(browser, "/clients/acme/queue/purge", form).headers["location"])
    steer(world, browser, job, "do")
    assert set(states(world)) & {"old 1", "old 2"} == {"old 1"}


def test_old_logs_are_purged_by_an_administrator(world: World) -> None:
    world.database.append_log(head("old", created_on=NOW - timedelta(days=40)), [line("old")])
    browser = world.browser(ADMINISTRATOR)
    job = str(world.post(browser, "/clients/acme/log/purge", {"days": "30"}).headers["location"])
    assert "1 log matches" in shown(browser, job)
    steer(world, browser, job, "do")
    assert browser.get("/clients/acme/log/old").status_code == 404
    assert browser.get("/clients/acme/log/log-1").status_code == 200
    assert any("Delete logs older than 30 days: 1 of 1 logs, from before" in each for each in audit(world))


def test_who_is_no_administrator_any_more_cannot_begin_what_was_counted(world: World) -> None:
    world.database.append_log(head("old", created_on=NOW - timedelta(days=40)), [line("old")])
    browser = world.browser(ADMINISTRATOR)
    job = str(world.post(browser, "/clients/acme/log/purge", {"days": "30"}).headers["location"])
    assert "disabled" not in browser.get(job).text
    people = config(ADMINISTRATOR, OPERATOR)
    world.configure("acme", {**people, "users": [{**each, "role": "operator"} for each in people["users"]]})
    assert 'disabled title="Only an administrator may do that"' in browser.get(job).text
    for wish, status in [("do", 403), ("undo", 403), ("stop", 303)]:
        assert steer(world, browser, job, wish).status_code == status
    assert browser.get("/clients/acme/log/old").status_code == 200
    world.configure("acme", people)
    assert steer(world, browser, job, "do").status_code == 303
    assert browser.get("/clients/acme/log/old").status_code == 404


def test_an_operator_sees_why_logs_cannot_be_purged(world: World) -> None:
    page = world.browser(OPERATOR).get("/clients/acme/log").text
    assert 'disabled title="Only an administrator may do that' in page
    assert 'disabled title="Only an administrator' not in world.browser(ADMINISTRATOR).get("/clients/acme/log").text


@pytest.mark.parametrize("place", ["queue", "log"])
@pytest.mark.parametrize("days", ["0", "-1", "36501", "1e9", "x", ""])
def test_days_that_are_none(world: World, place: str, days: str) -> None:
    response = world.post(world.browser(ADMINISTRATOR), f"/clients/acme/{place}/purge", {"days": days})
    assert response.status_code == 422
