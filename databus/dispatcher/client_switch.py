"""Whether a client is switched off: then none of its routes is driven, whatever their schedules say."""

from datetime import datetime

import orjson

from databus.database.abstract_database import AbstractDatabase
from databus.errors import NotFound

CLIENT_OFF = "state/off"
"""The document that is there while a client is off, and says since when."""


def is_client_off(database: AbstractDatabase, client_id: str) -> bool:
    """Whether nothing of a client is driven."""
    try:
        database.read_document(client_id, CLIENT_OFF)
    except NotFound:
        return False
    return True


def set_client_off(database: AbstractDatabase, client_id: str, off: bool, *, by: str, now: datetime) -> None:
    """Switch a client off or on; its active drives finish. It stays so over a restart."""
    if off:
        content = orjson.dumps({"since": now, "by": by})
        database.write_document(client_id, CLIENT_OFF, content, expected=None, by=by, now=now, backup=False)
    else:
        database.delete_document(client_id, CLIENT_OFF)
