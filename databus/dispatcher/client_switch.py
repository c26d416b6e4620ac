"""Whether a client is switched off: then none of its routes is driven, whatever their schedules say."""

from datetime import datetime

import orjson

from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.route_state import Pause, pause_in
from databus.errors import NotFound

CLIENT_OFF = "state/off"
"""The document that is there while a client is off, and says since when."""


def is_client_off(database: AbstractDatabase, client_id: str) -> bool:
    """Whether nothing of a client is driven."""
    return pause_of_client(database, client_id) is not None


def pause_of_client(database: AbstractDatabase, client_id: str) -> Pause | None:
    """Return who has switched a client off; None where it is on. Something unreadable says of nobody."""
    try:
        content = database.read_document(client_id, CLIENT_OFF).content
    except NotFound:
        return None
    try:
        return pause_in(orjson.loads(content))
    except ValueError:
        return Pause()


def set_client_off(database: AbstractDatabase, client_id: str, off: bool, *, by: str, now: datetime) -> None:
    """Switch a client off or on; its active drives finish. It stays so over a restart."""
    if off:
        content = orjson.dumps({"since": now, "by": by})
        database.write_document(client_id, CLIENT_OFF, content, expected=None, by=by, now=now, backup=False)
    else:
        database.delete_document(client_id, CLIENT_OFF)
