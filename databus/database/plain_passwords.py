"""Passwords in the clear, as people write them into a config.json and as Databus 8 left them there."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from databus.client.config_editing import hash_plain_passwords
from databus.database.abstract_database import AbstractDatabase
from databus.database.changing import change_document
from databus.database.records import CONFIG
from databus.errors import StoreError

ATTEMPTS = 5
"""Somebody else may save the configuration meanwhile; so often it is read anew."""


def hash_stored_passwords(database: AbstractDatabase, client_id: str, *, clock: Callable[[], datetime]) -> None:
    """Replace the plain passwords in a client's stored configuration by their hashes. What they were is not kept.

    Every process that reads configurations and may write calls this before.

    Raises:
        NotFound: There is no such client.
        VersionConflict: Others saved it each time meanwhile.
        StoreError: It cannot be read or written.
    """
    change_document(database, client_id, CONFIG, hash_plain_passwords, clock=clock, attempts=ATTEMPTS)


def hash_all_stored_passwords(database: AbstractDatabase, *, clock: Callable[[], datetime]) -> None:
    """Do it for every client. Where it cannot be done now, whoever reads that configuration next tries again.

    Raises:
        StoreError: The clients cannot be listed.
    """
    for client_id in database.clients():
        with suppress(StoreError):
            hash_stored_passwords(database, client_id, clock=clock)
