"""Who sits at the terminal, and the record of what they changed."""

import getpass
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # heavy: loaded when a command changes something
    from databus.client.log import Log
    from databus.database.abstract_database import AbstractDatabase


def os_user() -> str:
    """Return the name of the operating system's user."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run a user id that has no name
        return "unknown"


def write_audit(database: "AbstractDatabase", client_id: str, sentences: Sequence[str], *, log: "Log") -> None:
    """Write into a client's log what a person did."""
    from databus.driver.log_writer import LogWriter

    for sentence in sentences:
        log.append_text(f"{os_user()} at the command line: {sentence}", "databus.cli")
    LogWriter(database, log, client_id=client_id, passenger_module="", secrets=frozenset()).flush()
