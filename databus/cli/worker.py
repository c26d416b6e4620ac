"""``databus worker``."""

from typing import TYPE_CHECKING

import typer

from databus.cli.commands import command
from databus.cli.failing import note
from databus.cli.serving import PATIENCE, Alias, log_to_stderr
from databus.cli.where import Given, Where, resolve

if TYPE_CHECKING:  # heavy: loaded when a command opens a database
    from databus.database.abstract_database import AbstractDatabase


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "worker")(worker)


def worker(
    given: Given,
    alias: Alias = "",
) -> None:
    """Drive what waits in the queues of a database on a server, beside `databus start`; pull nothing.

    Ctrl-C and SIGTERM end it in order; a second one at once.
    """
    from databus.cli.reaching import patiently
    from databus.dispatcher.abstract_dispatcher import DispatcherTicket
    from databus.dispatcher.queue_worker import QueueWorker

    class AnnouncedWorker(QueueWorker):
        """Says what it runs on when it has the database."""

        def run(self, database: "AbstractDatabase") -> None:
            announce(database, where)
            super().run(database)

    where = resolve(given)
    where.check_laid_out()
    log_to_stderr()
    ticket = DispatcherTicket(where.module, where.arguments, run_web_server=False, system_alias=alias)
    patiently(AnnouncedWorker(ticket).start, patience=PATIENCE)


def announce(database: "AbstractDatabase", where: Where) -> None:
    """Say what a worker runs on and what it does."""
    from databus.dispatcher.route_state import is_paused

    note(f"database: {where}")
    note("a worker: what waits in the queues is driven, nothing is pulled; `databus start` does that")
    if is_paused(database):
        note("paused: nothing is driven until `databus resume`")
