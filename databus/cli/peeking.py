"""Printing what waits at the sources of a route."""

from contextlib import closing
from typing import TYPE_CHECKING, Any

from databus.cli.failing import Exit, complain, note
from databus.cli.output import Column, last_part, made_aside, on_terminal, show
from databus.client.redaction import redact
from databus.operating.peeking import Seen, peek_route

if TYPE_CHECKING:  # pydantic models: loaded with the configuration
    from databus.client.config import RouteConfig


def show_peek(
    client_id: str, route: "RouteConfig", secrets: frozenset[str], *, limit: int | None, as_json: bool
) -> int:
    """Print what waits at the sources of a route; exit code 1 if one of them cannot be looked at."""
    errors: list[str] = []
    with closing(peek_route(client_id, route, errors, limit=limit)) as seen:
        count = show(made_aside(seen), _COLUMNS, as_json=as_json, record=_record)
    if not count and not errors and on_terminal() and not as_json:
        note("nothing waits at the source")
    for error in errors:
        complain(redact(error, secrets))
    return Exit.FAILED if errors else Exit.DONE


_COLUMNS: list[Column[Seen]] = [
    Column("external id", lambda seen: seen.external_id),
    Column("source", lambda seen: seen.source_system),
    Column("attachments", lambda seen: len(seen.attachments)),
    Column("names", lambda seen: ", ".join(attachment.name for attachment in seen.attachments)),
    Column("puller", lambda seen: seen.puller, brief=last_part),
]


def _record(seen: Seen) -> dict[str, Any]:
    return {
        "external_id": seen.external_id,
        "source_system": seen.source_system,
        "passenger_module": type(seen.passenger).__module__,
        "puller": seen.puller,
        "attachments": [
            {"name": each.name, "format": each.format.name, "size": each.size} for each in seen.attachments
        ],
    }
