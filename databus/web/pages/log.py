"""The logs: of drives, and of what people changed."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from databus.client.log import MessageType
from databus.database.records import LogQuery
from databus.errors import DatabusError
from databus.operating.purging import LONGEST, OldLogs
from databus.web.cursors import reading_at
from databus.web.guard import Administering, ClientOf, SiteOf
from databus.web.jobs import begin
from databus.web.rendering import page, segment

router = APIRouter()

PAGE = 50

LINES = 500

Text = Annotated[str, Query(max_length=500)]

LEVELS = (MessageType.info, MessageType.warning, MessageType.error)


@router.get("/clients/{client}/log")
def logs(
    client: ClientOf,
    request: Request,
    site: SiteOf,
    worst: Text = "",
    passenger: Text = "",
    text: Text = "",
    cursor: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """List logs, newest first."""
    query = LogQuery(
        client_id=client,
        passenger_module=passenger,
        worst=_level(worst),
        text=text,
        limit=PAGE,
        cursor=cursor,
    )
    with reading_at(cursor):
        found = site.database.find_logs(query)
    filters = {"worst": worst, "passenger": passenger, "text": text}
    return page(request, "logs.html", client=client, found=found, filters=filters, cursor=cursor, levels=LEVELS)


@router.get("/clients/{client}/log/{guid}")
def log(
    client: ClientOf,
    request: Request,
    site: SiteOf,
    guid: str,
    start: Annotated[int, Query(ge=0, le=2**40)] = 0,
) -> Response:
    """Show the lines of a log."""
    head, lines = site.database.read_log(client, guid, start=start, limit=LINES)
    return page(request, "log.html", client=client, head=head, lines=lines, start=start, most=LINES)


@router.post("/clients/{client}/log/purge")
def purge(
    client: ClientOf, viewer: Administering, site: SiteOf, days: Annotated[int, Form(ge=1, le=LONGEST)]
) -> Response:
    """Count the logs that are old, and ask whether they shall be deleted: with them goes who changed what."""
    task = OldLogs(site.database, client, days=days, by=viewer.person, clock=site.clock)
    return begin(site, viewer, client, task, back=f"/clients/{segment(client)}/log")


def _level(name: str) -> MessageType:
    try:
        return MessageType[name] if name else MessageType.undefined
    except KeyError:
        raise DatabusError(f"{name!r} is none of {', '.join(each.name for each in LEVELS)}.") from None
