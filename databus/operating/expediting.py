"""Asking for a drive of a route, whatever its schedule says."""

from collections.abc import Callable

from databus.client.config_loader import LoadedConfig
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.errors import NotFound
from databus.operating.audit import Person, write_audit


def ask_for_drive(
    expedite: Callable[[str, str], None],
    database: AbstractDatabase,
    client_id: str,
    passenger_module: str,
    *,
    loaded: LoadedConfig | None,
    by: Person,
) -> None:
    """Let a route be driven now, or as soon as its present drive has ended; write down who asked.

    Args:
        expedite: Asks the dispatcher.
        loaded: The client's last good configuration, which drives go by; None where there never was one.

    Raises:
        NotFound: That has no such route.
    """
    if loaded is None or loaded.config.route(passenger_module) is None:
        raise NotFound(f"Client {client_id} has no passenger {passenger_module} that could be driven.")
    expedite(client_id, passenger_module)
    write_audit(database, client_id, [f"asked for a drive of {passenger_module}"], by=by, log=Log())
