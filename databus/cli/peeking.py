"""Looking at what waits at the sources of a route."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from databus.cli.failing import Exit, complain, note
from databus.cli.output import Column, last_part, on_terminal, show
from databus.client.log import Log
from databus.client.redaction import redact
from databus.driver.failures import error_text
from databus.driver.plugins import Plugins
from databus.driver.pulling import Batch, Pull
from databus.driver.team import Done, Task, Team
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment

if TYPE_CHECKING:  # pydantic models: loaded with the configuration
    from databus.client.config import PluginConfig, RouteConfig


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a puller showed."""

    puller: str
    passenger: Any


def peek_route(route: "RouteConfig", secrets: frozenset[str], *, limit: int | None, as_json: bool) -> int:
    """Print what waits at the sources of a route; exit code 1 if one of them cannot be looked at."""
    errors: list[str] = []
    team = Team(
        f"peek {route.name}",
        lambda: Plugins(Log()),
        time_limit=route.time_limit,
        stop=threading.Event(),
        grace=0,
        heartbeat=lambda: None,
    )
    seen = (found for puller in route.pullers for found in _peek(team, puller, errors))
    try:
        count = show(islice(seen, limit), _COLUMNS, as_json=as_json, record=_record)
    finally:
        team.close()
    if not count and not errors and on_terminal() and not as_json:
        note("nothing waits at the source")
    for error in errors:
        complain(redact(error, secrets))
    return Exit.FAILED if errors else Exit.DONE


def _peek(team: Team, puller: "PluginConfig", errors: list[str]) -> Iterator[_Seen]:
    pull = Pull(puller, peek=True)
    while True:
        batch = _next_batch(team, pull)
        yield from (_Seen(puller.name, passenger) for passenger in batch.passengers)
        if batch.error is not None:
            errors.append(f"{puller.name}: {error_text(batch.error).splitlines()[0]}")
        if batch.is_last:
            return


def _next_batch(team: Team, pull: Pull) -> Batch:
    results: list[Done] = []
    team.run([Task(pull.next_batch)], results.extend)
    done = results[0]
    return done.value if isinstance(done.value, Batch) else Batch([], is_last=True, error=done.error)


def _attachments(seen: _Seen) -> Sequence[Attachment]:
    return seen.passenger.attachments if isinstance(seen.passenger, AbstractPassenger) else []


def _id(seen: _Seen) -> str:
    if isinstance(seen.passenger, AbstractPassenger):
        return str(seen.passenger.external_id)
    return f"{type(seen.passenger).__name__}, which is no passenger"


_COLUMNS: list[Column[_Seen]] = [
    Column("external id", _id),
    Column("source", lambda seen: str(getattr(seen.passenger, "source_system", ""))),
    Column("attachments", lambda seen: len(_attachments(seen))),
    Column("names", lambda seen: ", ".join(attachment.name for attachment in _attachments(seen))),
    Column("puller", lambda seen: seen.puller, brief=last_part),
]


def _record(seen: _Seen) -> dict[str, Any]:
    return {
        "external_id": _id(seen),
        "source_system": str(getattr(seen.passenger, "source_system", "")),
        "passenger_module": type(seen.passenger).__module__,
        "puller": seen.puller,
        "attachments": [
            {"name": each.name, "format": each.format.name, "size": each.size} for each in _attachments(seen)
        ],
    }
