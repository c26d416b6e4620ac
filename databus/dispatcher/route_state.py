"""What a dispatcher remembers over restarts: when each route was last driven, and what is paused."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import orjson

from databus.client.client import Client
from databus.database.abstract_database import AbstractDatabase
from databus.database.changing import change_document
from databus.driver.abstract_driver import DriveSummary
from databus.errors import NotFound, VersionConflict

STATES = "state/route/"
"""How names of the documents begin in which routes' states are: no module's name is that of another document."""

CUT_OFFS = "state/cut_off/"
"""How names of the documents begin that tell of drives that were cut off: schedules do not go by them."""

PAUSE = "state/pause"

PAUSED_ROUTES = "state/paused_routes"

ATTEMPTS = 10
"""Somebody else may pause another route at the same moment."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Who lets drives rest, and since when; empty and None where that was not noted."""

    by: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteState:
    """The last drive of a route. ``summary`` is what ``DriveSummary.as_dict`` gave; empty for none.

    Attributes:
        first_seen: Since when a route waits that was never driven, where that was noted.
    """

    began: datetime | None = None
    summary: dict[str, object] | None = None
    first_seen: datetime | None = None


def read_state(database: AbstractDatabase, client_id: str, passenger_module: str) -> RouteState:
    """Return what is remembered of a route; something unreadable counts as nothing."""
    try:
        content = database.read_document(client_id, _name(passenger_module)).content
    except NotFound:
        return _earlier_state(database, client_id, passenger_module)
    return _state(content) or RouteState()


def _earlier_state(database: AbstractDatabase, client_id: str, passenger_module: str) -> RouteState:
    """Return what was written before states had a folder of their own: a name could be that of another document."""
    try:
        found = _state(database.read_document(client_id, f"state/{passenger_module}").content)
    except NotFound:
        return RouteState()
    match found:
        case RouteState(summary={"passenger": name}) if name == passenger_module:
            return found
    return RouteState()


def _state(content: bytes) -> RouteState | None:
    try:
        state = orjson.loads(content)
        if "first_seen" in state:
            return RouteState(first_seen=datetime.fromisoformat(state["first_seen"]))
        return RouteState(began=datetime.fromisoformat(state["began"]), summary=state["summary"])
    except (ValueError, KeyError, TypeError):
        return None


def note_first_seen(database: AbstractDatabase, client_id: str, passenger_module: str, *, now: datetime) -> None:
    """Remember since when a route waits that was never driven, unless another process has written of it meanwhile."""
    content = orjson.dumps({"first_seen": now})
    with suppress(VersionConflict):
        database.write_document(client_id, _name(passenger_module), content, expected="", by="", now=now, backup=False)


def read_cut_off(database: AbstractDatabase, client_id: str, passenger_module: str) -> RouteState:
    """Return what is remembered of the last drive of a route that was cut off, as ``read_state`` does of the others.

    No schedule goes by it: what was cut off is still to be done.
    """
    try:
        content = database.read_document(client_id, f"{CUT_OFFS}{passenger_module}").content
    except NotFound:
        return RouteState()
    return _state(content) or RouteState()


def write_cut_off(database: AbstractDatabase, summary: DriveSummary, *, began: datetime, now: datetime) -> None:
    """Remember a drive that was cut off."""
    _write(database, f"{CUT_OFFS}{summary.passenger}", summary, began, now)


def write_state(database: AbstractDatabase, summary: DriveSummary, *, began: datetime, now: datetime) -> None:
    """Remember a drive."""
    _write(database, _name(summary.passenger), summary, began, now)


def _write(database: AbstractDatabase, name: str, summary: DriveSummary, began: datetime, now: datetime) -> None:
    content = orjson.dumps({"began": began, "summary": summary.as_dict()}, option=orjson.OPT_INDENT_2)
    database.write_document(summary.client, name, content, expected=None, by="", now=now, backup=False)


def is_paused(database: AbstractDatabase) -> bool:
    """Whether dispatchers of this database rest."""
    return pause_of_all(database) is not None


def pause_of_all(database: AbstractDatabase) -> Pause | None:
    """Return who lets all dispatchers of this database rest; None where nobody does."""
    try:
        content = orjson.loads(database.read_document(Client.ROOT, PAUSE).content)
        return pause_in(content) if content.get("paused") else None
    except (NotFound, ValueError, AttributeError):
        return None


def set_paused(database: AbstractDatabase, paused: bool, *, now: datetime, by: str = "") -> None:
    """Let dispatchers of this database rest, or go on."""
    content = orjson.dumps({"paused": paused, "since": now, "by": by})
    database.write_document(Client.ROOT, PAUSE, content, expected=None, by="", now=now, backup=False)


def paused_routes(database: AbstractDatabase, client_id: str) -> set[str]:
    """Return the routes of a client that rest, whatever their schedule says."""
    return set(route_pauses(database, client_id))


def route_pauses(database: AbstractDatabase, client_id: str) -> dict[str, Pause]:
    """Return who lets which routes of a client rest."""
    try:
        return _pauses(database.read_document(client_id, PAUSED_ROUTES).content)
    except NotFound:
        return {}


def set_route_paused(
    database: AbstractDatabase, client_id: str, passenger_module: str, paused: bool, *, now: datetime, by: str = ""
) -> None:
    """Let one route rest, or go on. Of several who pause it, the first one is remembered."""

    def change(content: bytes) -> bytes:
        pauses = _pauses(content)
        if paused:
            pauses.setdefault(passenger_module, Pause(by, now))
        else:
            pauses.pop(passenger_module, None)
        return orjson.dumps({"routes": pauses}, option=orjson.OPT_SORT_KEYS)

    change_document(database, client_id, PAUSED_ROUTES, change, clock=lambda: now, attempts=ATTEMPTS, may_be_new=True)


def _pauses(content: bytes) -> dict[str, Pause]:
    """Return the routes that a document names; something unreadable names none."""
    try:
        routes = orjson.loads(content)["routes"]
        if isinstance(routes, list):  # as it was written before anybody was noted
            return {str(each): Pause() for each in routes}
        return {name: pause_in(each) for name, each in routes.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def pause_in(content: object) -> Pause:
    """Return a pause; what is unreadable of it was not noted."""
    match content:
        case {"by": str(by), "since": str(since)}:
            try:
                return Pause(by, datetime.fromisoformat(since))
            except ValueError:
                return Pause(by)
    return Pause()


def _name(passenger_module: str) -> str:
    return f"{STATES}{passenger_module}"
