"""Changing a client's configuration."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from databus.client.log import Log
from databus.database.changing import change_document
from databus.database.records import CONFIG
from databus.operating.audit import Person, write_audit
from databus.operating.clients import require_client
from databus.timestamps import utc_now

if TYPE_CHECKING:
    from databus.database.abstract_database import AbstractDatabase

ATTEMPTS = 5
"""Somebody else may save the configuration between our reading and our writing; so often we begin anew."""


def edit_config(
    database: "AbstractDatabase", client_id: str, edit: Callable[[bytes], bytes], *, what: str, by: Person
) -> None:
    """Read a client's configuration, edit it, and write it where nobody changed it meanwhile. The old one is kept.

    Args:
        what: What is done, for the client's log.
    """
    require_client(database, client_id)
    change_document(database, client_id, CONFIG, edit, clock=utc_now, attempts=ATTEMPTS, by=by.name, backup=True)
    write_audit(database, client_id, [what], by=by, log=Log())
