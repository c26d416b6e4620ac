"""Letting drives rest, and go on."""

from databus.client.client import Client
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.client_switch import set_client_off
from databus.dispatcher.route_state import set_paused, set_route_paused
from databus.operating.audit import Person, write_audit
from databus.operating.clients import require_client
from databus.timestamps import utc_now


def pause_all(database: AbstractDatabase, paused: bool, *, by: Person) -> None:
    """Let all dispatchers of a database rest, or go on; the active drives finish."""
    set_paused(database, paused, now=utc_now(), by=by.name)
    _note(database, Client.ROOT, "all drives", paused, by)


def pause_route(database: AbstractDatabase, client_id: str, passenger_module: str, paused: bool, *, by: Person) -> None:
    """Let one route rest, or go on; a drive that is active finishes."""
    set_route_paused(database, client_id, passenger_module, paused, now=utc_now(), by=by.name)
    _note(database, client_id, passenger_module, paused, by)


def switch_client(database: AbstractDatabase, client_id: str, on: bool, *, by: Person) -> None:
    """Let nothing of a client be driven, or all of it again; a drive that is active finishes.

    Raises:
        NotFound: There is no such client.
    """
    require_client(database, client_id)
    set_client_off(database, client_id, not on, by=by.name, now=utc_now())
    write_audit(database, client_id, [f"switched the client {'on' if on else 'off'}"], by=by, log=Log())


def _note(database: AbstractDatabase, client_id: str, what: str, paused: bool, by: Person) -> None:
    write_audit(database, client_id, [f"{'paused' if paused else 'resumed'} {what}"], by=by, log=Log())
