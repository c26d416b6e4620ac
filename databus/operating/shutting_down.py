"""Ending the process that drives, from another place than its terminal."""

from collections.abc import Callable

from databus.client.client import Client
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.driving import this_process
from databus.errors import DatabusError
from databus.operating.audit import Person, write_audit

NO_DISPATCHER = (
    "This process only shows pages, it drives nothing: end it where it was started. The one that drives is ended on "
    "its own page, or with Ctrl-C."
)


class NothingToEnd(DatabusError):
    """There is no dispatcher in this process."""


def shut_down(database: AbstractDatabase, shutdown: Callable[[], None] | None, *, by: Person) -> None:
    """Let the dispatcher of this process end as with Ctrl-C: active drives end after what they are doing.

    Args:
        shutdown: Asks the dispatcher; None where this process has none.

    Raises:
        NothingToEnd: It has none.
    """
    if shutdown is None:
        raise NothingToEnd(NO_DISPATCHER)
    write_audit(database, Client.ROOT, [f"ended the process {this_process()}"], by=by, log=Log())
    shutdown()
