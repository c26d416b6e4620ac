"""Changing a client's configuration from the command line."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from databus.cli.clients_of import require_client
from databus.cli.person import os_user, write_audit
from databus.client.log import Log
from databus.database.records import CONFIG
from databus.errors import VersionConflict
from databus.timestamps import utc_now

if TYPE_CHECKING:
    from databus.database.abstract_database import AbstractDatabase

ATTEMPTS = 5
"""Somebody else may save the configuration between our reading and our writing; so often we begin anew."""


def edit_config(database: "AbstractDatabase", client_id: str, edit: Callable[[bytes], bytes], *, what: str) -> None:
    """Read a client's configuration, edit it, and write it where nobody changed it meanwhile. The old one is kept.

    Args:
        what: What is done, for the client's log.
    """
    require_client(database, client_id)
    for attempt in range(1, ATTEMPTS + 1):
        document = database.read_document(client_id, CONFIG)
        content = edit(document.content)
        try:
            database.write_document(client_id, CONFIG, content, expected=document.version, by=os_user(), now=utc_now())
            break
        except VersionConflict:
            if attempt == ATTEMPTS:
                raise
    write_audit(database, client_id, [what], log=Log())
