"""Letting drives rest, and go on."""

from databus.client.client import Client
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.route_state import set_paused, set_route_paused
from databus.operating.audit import Person, write_audit
from databus.timestamps import utc_now


def pause_all(database: AbstractDatabase, paused: bool, *, by: Person) -> None:
    """Let all dispatchers of a database rest, or go on; the active drives finish."""
    set_paused(database, paused, now=utc_now(), by=by.name)
    _note(database, Client.ROOT, "all drives", paused, by)


def pause_route(database: AbstractDatabase, client_id: str, passenger_module: str, paused: bool, *, by: Person) -> None:
    """Let one route rest, or go on; a drive that is active finishes."""
    set_route_paused(database, client_id, passenger_module, paused, now=utc_now(), by=by.name)
    _note(database, client_id, passenger_module, paused, by)


def _note(database: AbstractDatabase, client_id: str, what: str, paused: bool, by: Person) -> None:
    write_audit(database, client_id, [f"{'paused' if paused else 'resumed'} {what}"], by=by, log=Log())
