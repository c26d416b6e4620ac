"""Running one drive of a known client's route, and remembering it."""

import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime

from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.abstract_dispatcher import PRIMAL_DRIVER
from databus.dispatcher.client_directory import KnownClient
from databus.dispatcher.route_state import write_cut_off, write_state
from databus.dispatcher.throughput import Tally
from databus.driver.abstract_driver import GRACE, AbstractDriver, DriveSummary, DriveTicket, Share, ignore_progress
from databus.errors import UNREACHABLE, StoreError
from databus.plugin import load_plugin
from databus.timestamps import utc_now


def this_process() -> str:
    """Return the name of this process in leases: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def drive_route(
    database: AbstractDatabase,
    known: KnownClient,
    passenger_module: str,
    *,
    driver_module: str = PRIMAL_DRIVER,
    log: Log | None = None,
    stop: threading.Event | None = None,
    grace: float = GRACE,
    on_progress: Callable[[DriveSummary], None] = ignore_progress,
    share: Share | None = None,
    now: datetime | None = None,
) -> DriveSummary:
    """Drive a route now.

    Args:
        share: How it shares the route with other processes.
        now: When it is remembered to have begun; the present time where it is left out.

    Raises:
        ConfigError, NotFound: The client has no good configuration, or no such route.
        PluginError: The driver cannot be loaded.
    """
    tally = Tally(database, known.client_id, passenger_module, clock=utc_now)

    def follow(summary: DriveSummary) -> None:
        tally.follow(summary)
        on_progress(summary)

    ticket = DriveTicket(
        database=database,
        client_id=known.client_id,
        route=known.route(passenger_module),
        log_life_span=known.good.config.log_life_span,
        log=log or Log(),
        owner=this_process(),
        secrets=known.good.secrets,
        stop=stop or threading.Event(),
        grace=grace,
        on_progress=follow,
        share=share or Share(),
    )
    driver = load_plugin(driver_module, AbstractDriver)()
    began = now or utc_now()
    summary = driver.drive(ticket)
    tally.finish(summary)
    if ticket.share.pulls:
        _remember(database, summary, began)
    return summary


def _remember(database: AbstractDatabase, summary: DriveSummary, began: datetime) -> None:
    # A drive that was cut off, by the database or by the end of this process, is still to be done, by whatever process.
    write = write_cut_off if summary.is_cut_off else write_state
    try:
        write(database, summary, began=began, now=utc_now())
    except StoreError as error:  # the drive itself is over and recorded
        summary.error = summary.error or str(error)
        summary.is_unreachable |= isinstance(error, UNREACHABLE)
