"""``databus log``."""

from typing import TYPE_CHECKING, Annotated

import typer

from databus.cli.commands import command
from databus.cli.failing import WrongUsage
from databus.cli.moments import moment
from databus.cli.options import All, AsJson, Before, ClientName, From, Limit, PassengerName, Yes, list_limit
from databus.cli.where import Given

if TYPE_CHECKING:  # heavy: loaded when a command opens a database
    from databus.database.records import LogQuery


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "log")(log)


def log(
    given: Given,
    client: ClientName,
    guid: Annotated[str, typer.Argument(metavar="[GUID]", help="Show this log: its guid or the beginning of it.")] = "",
    passenger: PassengerName = "",
    errors: Annotated[bool, typer.Option("--errors", help="Only logs with errors.")] = False,
    warnings: Annotated[bool, typer.Option("--warnings", help="Only logs with warnings or errors.")] = False,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="Part of a message.")] = "",
    since: From = "",
    before: Before = "",
    limit: Limit = None,
    everything: All = False,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Print lines as they are written, until Ctrl-C.")
    ] = False,
    purge: Annotated[bool, typer.Option("--purge", help="Delete the logs from before --before.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """List, show, follow or purge logs.

    Times are those at which logs were begun.
    """
    from databus.cli.log_actions import follow_logs, list_logs, purge_logs, show_log
    from databus.cli.reaching import reached
    from databus.operating.clients import require_client
    from databus.operating.route_names import route_module

    with reached(given) as database:
        require_client(database, client)
        passenger = route_module(database, client, passenger) if passenger else ""
        query = _query(client, passenger, text, since, before, _worst(errors, warnings))
        if purge:
            _check_purge(query, guid)
            return purge_logs(database, query, yes=yes)
        if follow:
            return follow_logs(database, query, guid, as_json=as_json)
        if guid:
            return show_log(database, client, guid, as_json=as_json)
        return list_logs(database, query, limit=list_limit(limit, everything, as_json), as_json=as_json)


def _worst(errors: bool, warnings: bool) -> str:
    return "error" if errors else "warning" if warnings else "undefined"


def _query(client: str, passenger: str, text: str, since: str, before: str, worst: str) -> "LogQuery":
    from databus.client.log import MessageType
    from databus.database.records import LogQuery
    from databus.timestamps import utc_now

    now = utc_now()
    return LogQuery(
        client_id=client,
        passenger_module=passenger,
        worst=MessageType[worst],
        text=text,
        created_from=moment(since, now=now),
        created_before=moment(before, now=now),
    )


def _check_purge(query: "LogQuery", guid: str) -> None:
    from databus.database.records import LogQuery

    if query.created_before is None:
        raise WrongUsage("--purge needs --before: logs are deleted by their age")
    if guid or query != LogQuery(client_id=query.client_id, created_before=query.created_before):
        raise WrongUsage("--purge takes --before and no other filter: logs are deleted by their age")
