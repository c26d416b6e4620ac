"""Why a passenger waits."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from databus.client.config import ClientConfig
from databus.client.config_loader import LoadedConfig
from databus.database.abstract_database import AbstractDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import Entry, LogQuery, Step
from databus.dispatcher.client_switch import set_client_off
from databus.dispatcher.route_state import PAUSED_ROUTES, Pause, pause_of_all, paused_routes, route_pauses
from databus.errors import Problem
from databus.operating.audit import Person
from databus.operating.clients import ReadClient
from databus.operating.pausing import pause_all, pause_route
from databus.operating.resting import read_rest
from databus.operating.waiting import Surroundings, why_it_waits
from databus.pqueue.outcome import Outcome, OutcomeKind, StepKind
from databus.testing.samples import NOW, outcome, passenger, seat
from databus.timestamps import utc_now

ANN = Person("ann", "the web page")


@pytest.fixture
def database() -> Iterator[AbstractDatabase]:
    database = MemoryDatabase({})
    database.open()
    yield database
    database.close()


@pytest.fixture
def entry(database: AbstractDatabase) -> Entry:
    step = Step(kind=StepKind.PUSH, module="target", name="target")
    new = passenger("1", client_id="acme", passenger_module="orders", internal_id="1", steps=(step,))
    return seat(database, new)[0]


def client(*routes: str) -> ReadClient:
    config = ClientConfig.model_validate({"passengers": [{"name": each, "pullers": ["source"]} for each in routes]})
    loaded = LoadedConfig(config=config, secrets=frozenset())
    return ReadClient(client_id="acme", loaded=loaded, problems=[])


def told(database: AbstractDatabase, client: ReadClient, entry: Entry, *, ahead: timedelta = timedelta(0)) -> str:
    return why_it_waits(entry, Surroundings(rest=read_rest(database, "acme"), client=client), now=utc_now() + ahead)


def test_what_nothing_holds_up_says_its_next_step(database: AbstractDatabase, entry: Entry) -> None:
    assert told(database, client("orders"), entry) == "the pusher target runs at the next drive"


@pytest.mark.parametrize("schedule", [{"sync_frequency": 5}, {"schedule": "* * * * *"}, {}])
def test_only_a_route_on_demand_waits_for_somebody(
    database: AbstractDatabase, entry: Entry, schedule: dict[str, Any]
) -> None:
    failure = outcome(entry, "target", OutcomeKind.FAILED, error="no")
    database.record([failure], now=NOW)
    [failed] = database.load("acme", [entry.internal_id])
    config = ClientConfig.model_validate({"passengers": [{"name": "orders", "pullers": ["source"], **schedule}]})
    loaded = LoadedConfig(config=config, secrets=frozenset())
    words = told(database, ReadClient(client_id="acme", loaded=loaded, problems=[]), failed)
    assert words.endswith("it is tried again" if schedule else "at the next drive; this route is driven on demand")


def test_every_obstacle_is_named(database: AbstractDatabase, entry: Entry) -> None:
    pause_all(database, True, by=ANN)
    pause_route(database, "acme", "orders", True, by=ANN)
    set_client_off(database, "acme", True, by="ann", now=utc_now())
    assert told(database, client(), entry).endswith(
        "; but everything is paused; but its client is switched off; but this route is paused; "
        "but this route is not configured any more"
    )


def test_a_broken_configuration_is_named(database: AbstractDatabase, entry: Entry) -> None:
    broken = ReadClient(client_id="acme", loaded=None, problems=[Problem("config.json", "", "broken")])
    assert told(database, broken, entry).endswith("; but the configuration of its client cannot be used (1 problems)")


def test_what_is_done_or_under_way_waits_for_nothing(database: AbstractDatabase, entry: Entry) -> None:
    pause_all(database, True, by=ANN)
    now = utc_now()
    done = Outcome(
        client_id="acme", internal_id="1", kind=StepKind.PUSH, name="target", result=OutcomeKind.COMPLETE, at=now
    )
    database.record([done], now=now)
    complete = database.load("acme", ["1"])[0]
    assert "paused" not in told(database, client("orders"), complete, ahead=timedelta(seconds=1))


def test_who_paused_stands_in_the_log_of_the_client(database: AbstractDatabase) -> None:
    pause_route(database, "acme", "orders", True, by=ANN)
    (head,) = database.find_logs(LogQuery(client_id="acme")).items
    _, (line,) = database.read_log("acme", head.guid)
    assert line.message == "ann at the web page: paused orders"


def test_who_paused_is_remembered_with_the_time(database: AbstractDatabase) -> None:
    began = utc_now()
    pause_all(database, True, by=ANN)
    pause_route(database, "acme", "orders", True, by=ANN)
    pause_route(database, "acme", "orders", True, by=Person("bob", "the API"))
    for pause in (pause_of_all(database), route_pauses(database, "acme")["orders"]):
        assert pause is not None
        assert pause.by == "ann", "the first one lets it rest"
        assert pause.since is not None
        assert began <= pause.since <= utc_now()
    pause_all(database, False, by=ANN)
    pause_route(database, "acme", "orders", False, by=ANN)
    assert (pause_of_all(database), route_pauses(database, "acme")) == (None, {})


@pytest.mark.parametrize(
    ("content", "pauses"),
    [
        (b'{"routes": ["orders"]}', {"orders": Pause()}),
        (b'{"routes": {"orders": {"by": "ann", "since": "whenever"}}}', {"orders": Pause("ann")}),
        (b'{"routes": {"orders": 7}}', {"orders": Pause()}),
        (b'{"routes": 7}', {}),
        (b"{", {}),
    ],
)
def test_a_pause_counts_whatever_is_noted_of_it(
    database: AbstractDatabase, content: bytes, pauses: dict[str, Pause]
) -> None:
    database.write_document("acme", PAUSED_ROUTES, content, expected=None, by="", now=utc_now())
    assert route_pauses(database, "acme") == pauses
    assert paused_routes(database, "acme") == set(pauses)
