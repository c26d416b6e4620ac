"""What a dispatcher remembers over restarts: when each route was last driven, and what is paused."""

from dataclasses import dataclass
from datetime import datetime

import orjson

from databus.client.client import Client
from databus.database.abstract_database import AbstractDatabase
from databus.database.changing import change_document
from databus.driver.abstract_driver import DriveSummary
from databus.errors import NotFound

PAUSE = "state/pause"

PAUSED_ROUTES = "state/paused_routes"

ATTEMPTS = 10
"""Somebody else may pause another route at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteState:
    """The last drive of a route. ``summary`` is what ``DriveSummary.as_dict`` gave; empty for none."""

    began: datetime | None = None
    summary: dict[str, object] | None = None


def read_state(database: AbstractDatabase, client_id: str, passenger_module: str) -> RouteState:
    """Return what is remembered of a route; something unreadable counts as nothing."""
    try:
        content = orjson.loads(database.read_document(client_id, _name(passenger_module)).content)
        return RouteState(began=datetime.fromisoformat(content["began"]), summary=content["summary"])
    except (NotFound, ValueError, KeyError, TypeError):
        return RouteState()


def write_state(database: AbstractDatabase, summary: DriveSummary, *, began: datetime, now: datetime) -> None:
    """Remember a drive."""
    content = orjson.dumps({"began": began, "summary": summary.as_dict()}, option=orjson.OPT_INDENT_2)
    name = _name(summary.passenger)
    database.write_document(summary.client, name, content, expected=None, by="", now=now, backup=False)


def is_paused(database: AbstractDatabase) -> bool:
    """Whether dispatchers of this database rest."""
    try:
        return bool(orjson.loads(database.read_document(Client.ROOT, PAUSE).content).get("paused"))
    except (NotFound, ValueError, AttributeError):
        return False


def set_paused(database: AbstractDatabase, paused: bool, *, now: datetime) -> None:
    """Let dispatchers of this database rest, or go on."""
    content = orjson.dumps({"paused": paused, "since": now})
    database.write_document(Client.ROOT, PAUSE, content, expected=None, by="", now=now, backup=False)


def paused_routes(database: AbstractDatabase, client_id: str) -> set[str]:
    """Return the routes of a client that rest, whatever their schedule says."""
    try:
        return _routes(database.read_document(client_id, PAUSED_ROUTES).content)
    except NotFound:
        return set()


def set_route_paused(
    database: AbstractDatabase, client_id: str, passenger_module: str, paused: bool, *, now: datetime
) -> None:
    """Let one route rest, or go on."""

    def change(content: bytes) -> bytes:
        routes = _routes(content)
        wanted = routes | {passenger_module} if paused else routes - {passenger_module}
        return orjson.dumps({"routes": sorted(wanted)})

    change_document(database, client_id, PAUSED_ROUTES, change, clock=lambda: now, attempts=ATTEMPTS, may_be_new=True)


def _routes(content: bytes) -> set[str]:
    """Return the routes that a document names; something unreadable names none."""
    try:
        return {str(each) for each in orjson.loads(content)["routes"]}
    except (ValueError, KeyError, TypeError):
        return set()


def _name(passenger_module: str) -> str:
    return f"state/{passenger_module}"
