"""``databus queue``."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from databus.cli.commands import command
from databus.cli.failing import WrongUsage
from databus.cli.moments import moment
from databus.cli.options import All, AsJson, Before, ClientName, From, Limit, PassengerName, Yes, list_limit
from databus.cli.where import Given

if TYPE_CHECKING:  # heavy: loaded when a command opens a database
    from databus.database.abstract_database import AbstractDatabase
    from databus.database.records import QueueQuery, State


class StateName(StrEnum):
    """The states of an entry, for the option; ``databus.database.records`` is too heavy to import for the help."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    DEAD = "dead"
    COMPLETE = "complete"


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "queue")(queue)


def queue(
    given: Given,
    client: ClientName,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="Show these entries: internal or external id, or the beginning of one."),
    ] = None,
    passenger: PassengerName = "",
    state: Annotated[
        list[StateName] | None, typer.Option("--state", "-s", help="Only in this state; may be repeated.")
    ] = None,
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="Part of the external id, or beginning of the internal id.")
    ] = "",
    error: Annotated[str, typer.Option("--error", metavar="TEXT", help="Part of the last error of a step.")] = "",
    attachment: Annotated[str, typer.Option("--attachment", metavar="TEXT", help="Part of an attachment's name.")] = "",
    source: Annotated[str, typer.Option("--source", metavar="NAME", help="The source system.")] = "",
    step: Annotated[str, typer.Option("--step", metavar="NAME", help="Name of a step that is incomplete.")] = "",
    since: From = "",
    before: Before = "",
    limit: Limit = None,
    everything: All = False,
    counts: Annotated[bool, typer.Option("--counts", help="How many are in each state, by route.")] = False,
    save: Annotated[
        str, typer.Option("--save", metavar="FOLDER", help="With IDs: write their attachments into this folder.")
    ] = "",
    purge: Annotated[
        bool, typer.Option("--purge", help="Delete what would be listed; without --state or ID: only complete ones.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """List, show, count or purge queue entries.

    Times are those at which passengers were pulled.
    """
    from databus.cli.queue_actions import purge_entries, show_counts, show_entries
    from databus.cli.queue_list import list_entries
    from databus.cli.reaching import reached
    from databus.timestamps import utc_now

    ids = ids or []
    _check_combination(ids, counts=counts, save=save, purge=purge)
    now = utc_now()
    with reached(given) as database:
        query = _query(database, client, passenger, now, since, before)
        query = replace(
            query,
            states=_states(state, default_complete=purge and not ids),
            source_system=source,
            search=search,
            error=error,
            attachment=attachment,
            step=step,
        )
        if counts:
            return show_counts(database, query, as_json=as_json)
        if purge:
            return purge_entries(database, query, ids, limit=limit, yes=yes)
        if ids:
            return show_entries(database, client, ids, save=save, as_json=as_json)
        return list_entries(database, query, limit=list_limit(limit, everything, as_json), as_json=as_json)


def _check_combination(ids: list[str], *, counts: bool, save: str, purge: bool) -> None:
    if counts and (ids or purge):
        raise WrongUsage("--counts goes neither with IDs nor with --purge")
    if save and (not ids or purge):
        raise WrongUsage("--save needs the IDs of the entries whose attachments are wanted")


def _states(states: list[StateName] | None, *, default_complete: bool) -> "tuple[State, ...]":
    from databus.database.records import State

    if not states and default_complete:
        return (State.COMPLETE,)
    return tuple(State(each.value) for each in states or [])


def _query(
    database: "AbstractDatabase", client: str, passenger: str, now: datetime, since: str, before: str
) -> "QueueQuery":
    from databus.database.records import QueueQuery
    from databus.operating.clients import require_client
    from databus.operating.route_names import route_module

    require_client(database, client)
    return QueueQuery(
        client_id=client,
        passenger_module=route_module(database, client, passenger) if passenger else "",
        pulled_from=moment(since, now=now),
        pulled_before=moment(before, now=now),
    )
