"""What is remembered of routes, whatever their modules are called."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.hold import HOLD, effective_hold
from databus.dispatcher.client_switch import CLIENT_OFF, is_client_off, set_client_off
from databus.dispatcher.route_state import (
    PAUSE,
    PAUSED_ROUTES,
    RouteState,
    is_paused,
    read_state,
    route_pauses,
    set_route_paused,
    write_state,
)
from databus.driver.abstract_driver import DriveSummary
from databus.web import last_logins, sessions
from databus.web.api import idempotency

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)

TAKEN = [
    name.removeprefix("state/")
    for name in (
        CLIENT_OFF,
        HOLD,
        PAUSE,
        PAUSED_ROUTES,
        idempotency.DOCUMENT,
        last_logins.DOCUMENT,
        sessions.DOCUMENT,
    )
]


def drive(database: AbstractDatabase, module: str, began: datetime = NOW, client_id: str = "root") -> None:
    write_state(database, DriveSummary(client_id, module, pushed=3), began=began, now=began)


def remember_as_before(database: AbstractDatabase, module: str, began: datetime = NOW, **summary: object) -> None:
    """Write a state as it was written before states had a folder of their own."""
    content = orjson.dumps({"began": began, "summary": {**DriveSummary("root", module).as_dict(), **summary}})
    database.write_document("root", f"state/{module}", content, expected=None, by="", now=began, backup=False)


@pytest.mark.parametrize("module", ["shop.order", "route", *TAKEN])
def test_a_drive_is_remembered(every_database: AbstractDatabase, module: str) -> None:
    drive(every_database, module)
    state = read_state(every_database, "root", module)
    assert state.began == NOW
    assert state.summary is not None
    assert (state.summary["passenger"], state.summary["pushed"]) == (module, 3)


@pytest.mark.parametrize("module", TAKEN)
def test_a_route_is_nothing_else_by_its_name(every_database: AbstractDatabase, module: str) -> None:
    drive(every_database, module)
    assert not is_client_off(every_database, "root")
    assert not is_paused(every_database)
    assert route_pauses(every_database, "root") == {}
    assert effective_hold(every_database, "root", now=NOW) is None
    assert sessions.Sessions(every_database).of("root") == {}
    assert last_logins.LastLogins(every_database).of("root") == {}
    assert [each.name for each in every_database.list_documents("root")] == [f"state/route/{module}"]


def test_what_has_such_a_name_is_no_state(every_database: AbstractDatabase) -> None:
    set_client_off(every_database, "root", True, by="ann", now=NOW)
    set_route_paused(every_database, "root", "shop.order", True, now=NOW, by="ann")
    assert {module for module in TAKEN if read_state(every_database, "root", module) != RouteState()} == set()
    drive(every_database, "off")
    assert is_client_off(every_database, "root")
    set_client_off(every_database, "root", False, by="ann", now=NOW)
    assert read_state(every_database, "root", "off").began == NOW


@pytest.mark.parametrize("module", ["shop.order", "off"])
def test_a_state_of_before_is_read_until_there_is_another(every_database: AbstractDatabase, module: str) -> None:
    remember_as_before(every_database, module, pushed=7)
    state = read_state(every_database, "root", module)
    assert state.began == NOW
    assert state.summary is not None
    assert state.summary["pushed"] == 7
    drive(every_database, module, began=NOW + timedelta(hours=1))
    assert read_state(every_database, "root", module).began == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        orjson.dumps({"began": NOW, "summary": None}),
        orjson.dumps({"began": NOW, "summary": {"passenger": "another.one"}}),
        orjson.dumps({"began": "now", "summary": {"passenger": "shop.order"}}),
    ],
)
def test_what_is_no_state_of_the_route_counts_as_nothing(every_database: AbstractDatabase, content: bytes) -> None:
    every_database.write_document("root", "state/shop.order", content, expected=None, by="", now=NOW, backup=False)
    assert read_state(every_database, "root", "shop.order") == RouteState()
