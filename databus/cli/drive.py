"""``databus drive``."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from databus.cli.commands import command
from databus.cli.failing import Exit, note
from databus.cli.options import AsJson, ClientName
from databus.cli.output import Column, aside, beginning, last_part, print_json, show
from databus.cli.where import Given
from databus.errors import StoreError

if TYPE_CHECKING:  # heavy: loaded when a command drives
    from databus.client.config import RouteConfig
    from databus.database.abstract_database import AbstractDatabase
    from databus.dispatcher.client_directory import KnownClient
    from databus.driver.abstract_driver import DriveSummary

_COUNTS = ("pulled", "seated", "duplicates", "refused", "notified", "processed", "pushed", "failed", "waiting", "dead")
_RARE = ("duplicates", "refused", "notified", "failed", "dead")


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "drive")(drive)


def drive(
    given: Given,
    client: ClientName,
    passenger: Annotated[
        str, typer.Argument(metavar="[PASSENGER]", help="Only this route: its module, or the end of its name.")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Drive a client's routes once, now.

    Exit code 1 if a step failed or a passenger was refused. Ctrl-C ends it in order; a second one at once.
    """
    from databus.cli.reaching import reached
    from databus.database.plain_passwords import hash_stored_passwords
    from databus.operating.clients import known_client, require_client
    from databus.operating.route_names import route_of
    from databus.timestamps import utc_now

    with reached(given, serve=True) as database:
        require_client(database, client)
        hash_stored_passwords(database, client, clock=utc_now)
        with aside():
            known = known_client(database, client)
        _check_free(database, client)
        routes = [route_of(known, passenger)] if passenger else known.good.config.passengers
        if not routes:
            note(f"client {client} has no routes")
        stop = threading.Event()
        with _ended_by_signal(stop):
            summaries = _drive_all(database, known, routes, stop, as_json)
    if not as_json and summaries:
        show(summaries, _columns(), as_json=False, record=lambda summary: summary.as_dict())
    if stop.is_set():
        note("databus: ended early; what was claimed is given back")
        return Exit.INTERRUPTED
    return Exit.DONE if all(summary.is_clean for summary in summaries) else _tell_failures(summaries, client)


def _check_free(database: "AbstractDatabase", client: str) -> None:
    from databus.database.hold import effective_hold
    from databus.timestamps import utc_now

    hold = effective_hold(database, client, now=utc_now())
    if hold is not None:
        reason = "its import has not come to its end: run that again" if hold.incomplete else "try again later"
        raise StoreError(f"client {client} is held by {hold}; {reason}")


def _drive_all(
    database: "AbstractDatabase",
    known: "KnownClient",
    routes: "Sequence[RouteConfig]",
    stop: threading.Event,
    as_json: bool,
) -> "list[DriveSummary]":
    from databus.cli.progress import progress_of
    from databus.dispatcher.driving import drive_route

    summaries = []
    for route in routes:
        if stop.is_set():
            break
        with progress_of(database, known.client_id, route) as on_progress, aside():
            summary = drive_route(database, known, route.name, stop=stop, on_progress=on_progress)
        summaries.append(summary)
        if summary.pulled_elsewhere:
            _tell_pulled_elsewhere(summary)
        if as_json:
            print_json(summary.as_dict())
    return summaries


def _tell_pulled_elsewhere(summary: "DriveSummary") -> None:
    from databus.pqueue.abstract_queue import LEASE

    span = f"{LEASE.total_seconds():.0f} seconds"
    note(
        f"databus: {summary.passenger}: another drive pulls it, or was killed less than {span} ago: "
        "this one leaves its sources alone"
    )


@contextmanager
def _ended_by_signal(stop: threading.Event) -> Iterator[None]:
    """Let the first signal end the drive in order, and the second one at once."""
    from databus.dispatcher.signals import handling

    asked = False

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:  # not stop.is_set(): the second signal may come while the first one is setting it
            os._exit(Exit.INTERRUPTED)  # everything that matters is on disk at any moment
        asked = True
        note("databus: ending; once more ends at once")
        stop.set()

    with handling(on_signal):
        yield


def _columns() -> "list[Column[DriveSummary]]":
    counts: list[Column[DriveSummary]] = [
        Column(name, lambda summary, name=name: getattr(summary, name), optional=name in _RARE)  # type: ignore[misc] # mypy reads no defaults of lambdas
        for name in _COUNTS
    ]
    return [
        Column("passenger", lambda summary: summary.passenger, brief=last_part),
        *counts,
        Column("seconds", lambda summary: summary.seconds),
        Column("log", lambda summary: summary.log, brief=beginning),
    ]


def _tell_failures(summaries: "Sequence[DriveSummary]", client: str) -> int:
    for summary in summaries:
        if summary.error:
            note(f"databus: {summary.passenger}: {summary.error}")
        elif not summary.is_clean:
            note(
                f"databus: {summary.passenger}: {summary.failed} failed, {summary.refused} refused: "
                f"`databus log {client} {summary.log}` says why"
            )
    return Exit.UNREACHABLE if any(summary.is_unreachable for summary in summaries) else Exit.FAILED
