"""What people do with jobs, step by step, at a client whose queue has three dead passengers."""

from collections.abc import Iterator

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import LogQuery, QueueQuery, State
from databus.database.steps import settled_state
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import NOW, outcome, passenger, seat
from tests.web.administration import text_of
from tests.web.world import World

ALL = "/clients/acme/queue/all"
DEAD = f"{ALL}?state=dead"


@pytest.fixture
def world(database: AbstractDatabase) -> Iterator[World]:
    """An installation with five passengers more, of which three are dead; its jobs end with the test."""
    world = World(database)
    dead = seat(database, *(passenger(f"dead {number}", processors=()) for number in range(3)))
    seat(database, passenger("waiting 1"), passenger("waiting 2"))
    database.record([outcome(each, "out", OutcomeKind.REJECTED, error="no") for each in dead], now=NOW)
    database.record([outcome(each, "notify", OutcomeKind.COMPLETE) for each in dead], now=NOW)
    yield world
    world.site.jobs.stop()


def states(world: World) -> dict[str, State]:
    found = world.database.find(QueueQuery(client_id="acme", limit=500), now=world.now)
    return {entry.external_id: settled_state(entry) for entry in found.items}


def ask(world: World, browser: TestClient, action: str, address: str = DEAD) -> str:
    """Let all that match be counted; return the address of the job."""
    response = world.post(browser, address, {"action": action})
    assert response.status_code == 303, response.text
    return str(response.headers["location"])


def steer(world: World, browser: TestClient, job: str, wish: str) -> Response:
    return world.post(browser, job, {"wish": wish})


def shown(browser: TestClient, job: str) -> str:
    response = browser.get(job)
    assert response.status_code == 200
    return " ".join(text_of(response).split())


def audit(world: World) -> list[str]:
    heads = world.database.find_logs(LogQuery(client_id="acme")).items
    return [line.message for head in heads for line in world.database.read_log("acme", head.guid)[1]]
