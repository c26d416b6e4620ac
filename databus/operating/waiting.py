"""Why a passenger waits, also for reasons that do not stand in its entry."""

from datetime import datetime

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, State
from databus.database.steps import state
from databus.dispatcher.client_switch import is_client_off
from databus.dispatcher.route_state import is_paused, paused_routes
from databus.operating.clients import ReadClient
from databus.operating.entry_record import why

_DONE = (State.COMPLETE, State.RUNNING)


def why_it_waits(database: AbstractDatabase, client: ReadClient, entry: Entry, *, now: datetime) -> str:
    """Return in a sentence why an entry is where it is.

    Args:
        client: The configuration of its client as it is now.
    """
    told = why(entry, now)
    if state(entry, now) in _DONE:
        return told
    return "; but ".join([told, *_obstacles(database, client, entry)])


def _obstacles(database: AbstractDatabase, client: ReadClient, entry: Entry) -> list[str]:
    """Return what keeps its route from being driven."""
    obstacles: list[str] = []
    if is_paused(database):
        obstacles.append("everything is paused")
    if is_client_off(database, entry.client_id):
        obstacles.append("its client is switched off")
    if entry.passenger_module in paused_routes(database, entry.client_id):
        obstacles.append("this route is paused")
    if client.loaded is None:
        obstacles.append(f"the configuration of its client cannot be used ({len(client.problems)} problems)")
    elif entry.passenger_module not in [route.name for route in client.loaded.config.passengers]:
        obstacles.append("this route is not configured any more")
    return obstacles
