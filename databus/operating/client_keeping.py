"""Adding and removing clients."""

import json
import os
from typing import TYPE_CHECKING, Any

from databus.client.client import Client
from databus.errors import DatabusError
from databus.operating.audit import Person, write_audit
from databus.operating.clients import require_client
from databus.timestamps import utc_now

if TYPE_CHECKING:  # heavy: loaded when there is something to do
    from databus.database.abstract_database import AbstractDatabase

EMPTY: dict[str, Any] = {"log_life_span": 1, "passengers": [], "users": []}
"""The configuration of a new client that is like no other."""

LONGEST_ID = 64


class UnfitClientId(DatabusError):
    """A client cannot be called so."""


def empty_config() -> bytes:
    """Return the configuration of a client without routes and users."""
    return config_bytes(EMPTY)


def config_bytes(config: dict[str, Any]) -> bytes:
    """Return a configuration as it is written out for people."""
    return (json.dumps(config, indent=2, ensure_ascii=False) + "\n").encode()


def config_like(database: "AbstractDatabase", client_id: str) -> bytes:
    """Return the configuration of another client, without its users; nobody can enter the new one either.

    Raises:
        NotFound: There is no such client.
        ConfigError: Its configuration cannot be read.
        DatabusError: It is no object.
    """
    from databus.client.config_loader import parse_config
    from databus.client.json_text import plain
    from databus.database.records import CONFIG

    require_client(database, client_id)
    content = database.read_document(client_id, CONFIG).content
    config = plain(parse_config(content, file=f"{client_id}/{CONFIG}"))
    if not isinstance(config, dict):
        raise DatabusError(f"the configuration of client {client_id} is not an object {{ }}: mend it first")
    return config_bytes({**config, "users": [], **({"open": False} if "open" in config else {})})


def checked_config(content: bytes, file: str) -> bytes:
    """Return a configuration that somebody brings along.

    Args:
        file: How problems call it.

    Raises:
        ConfigError: With everything that is wrong.
    """
    from databus.client.config_reading import ConfigReading

    ConfigReading(content, file=file, environ=os.environ).result()
    return content


def add_client(database: "AbstractDatabase", client_id: str, content: bytes, *, by: Person) -> None:
    """Store a new client; its log says who added it.

    Raises:
        UnfitClientId: It cannot be called so.
        DatabusError: It is there already.
    """
    from databus.client.log import Log
    from databus.database.records import CONFIG

    _check_id(client_id)
    if client_id in database.clients():
        raise DatabusError(f"there is already a client {client_id}")
    database.write_document(client_id, CONFIG, content, expected="", by=by.name, now=utc_now())
    write_audit(database, client_id, ["added the client"], by=by, log=Log())


def check_removable(database: "AbstractDatabase", client_id: str) -> int:
    """Return how many queue entries would be lost with a client.

    Raises:
        NotFound: There is no such client.
        DatabusError: It is root, which nobody could manage the system without.
    """
    if not _is_half_there(database, client_id):
        require_client(database, client_id)
    if client_id == Client.ROOT:
        raise DatabusError("the client root cannot be removed: its users manage the whole system")
    counts = database.counts(client_id, now=utc_now())
    return sum(each.waiting + each.running + each.failed + each.dead + each.complete for each in counts)


def remove_client(database: "AbstractDatabase", client_id: str, *, by: Person) -> None:
    """Delete a client with its configuration, queue and logs; root's log says who did it."""
    from databus.client.log import Log

    database.delete_client(client_id, now=utc_now())
    write_audit(database, Client.ROOT, [f"removed client {client_id}"], by=by, log=Log())


def _check_id(client_id: str) -> None:
    sound = client_id.isprintable() and client_id.strip() == client_id and not client_id.startswith(".")
    if not client_id or not sound or len(client_id) > LONGEST_ID or any(each in client_id for each in "/\\"):
        raise UnfitClientId(
            f"{client_id!r} cannot be a client's id: up to {LONGEST_ID} printable characters, no / and no dot in front"
        )


def _is_half_there(database: "AbstractDatabase", client_id: str) -> bool:
    """Whether an export into this database was broken off before the client was to be seen."""
    from databus.database.hold import effective_hold

    hold = effective_hold(database, client_id, now=utc_now())
    return hold is not None and hold.incomplete
