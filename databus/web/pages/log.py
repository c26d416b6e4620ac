"""The logs: of drives, and of what people changed."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import Response

from databus.client.log import MessageType
from databus.database.records import LogQuery
from databus.errors import DatabusError
from databus.operating.purging import LONGEST, old_logs
from databus.web.cursors import reading_at
from databus.web.guard import Administering, ClientOf, SiteOf
from databus.web.jobs import begin
from databus.web.moments import moment
from databus.web.overview import route_names
from databus.web.rendering import page, segment

router = APIRouter()

PAGE = 50

Text = Annotated[str, Query(max_length=500)]

LEVELS = (MessageType.info, MessageType.warning, MessageType.error)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list of logs is narrowed down to, as it stands in the address."""

    worst: Text = ""
    passenger: Text = ""
    text: Text = ""
    created_from: Text = ""
    created_before: Text = ""

    def as_query(self, client_id: str, cursor: str, limit: int) -> LogQuery:
        """Return the query of a client's logs."""
        return LogQuery(
            client_id=client_id,
            passenger_module=self.passenger,
            worst=level_of(self.worst),
            text=self.text,
            created_from=moment(self.created_from),
            created_before=moment(self.created_before),
            limit=limit,
            cursor=cursor,
        )

    def as_dict(self) -> dict[str, str]:
        """Return them as they stand in the address."""
        return dict(vars(self))


@router.get("/clients/{client}/log")
def logs(
    client: ClientOf,
    request: Request,
    site: SiteOf,
    filters: Annotated[Filters, Depends()],
    cursor: Annotated[str, Query(max_length=1000)] = "",
    found: Annotated[int | None, Query(ge=0, lt=PAGE)] = None,
) -> Response:
    """List logs, newest first, or what comes after so many that were found for a page."""
    room = PAGE - (found or 0)
    with reading_at(cursor):
        shown = site.database.find_logs(filters.as_query(client, cursor, room))
    looks_on = bool(shown.next_cursor) and len(shown.items) < room
    if found is not None:
        return page(
            request,
            "logs_more.html",
            client=client,
            shown=shown,
            filters=filters.as_dict(),
            found=found,
            looks_on=looks_on,
        )
    routes = route_names(site, client)
    return page(
        request,
        "logs.html",
        client=client,
        found=shown,
        looks_on=looks_on,
        filters=filters.as_dict(),
        routes=routes if filters.passenger in ("", *routes) else [*routes, filters.passenger],
        cursor=cursor,
        levels=LEVELS,
    )


@router.post("/clients/{client}/log/purge")
def purge(
    client: ClientOf, viewer: Administering, site: SiteOf, days: Annotated[int, Form(ge=1, le=LONGEST)]
) -> Response:
    """Count the logs that are old, and ask whether they shall be deleted: with them goes who changed what."""
    task = old_logs(site.database, client, days=days, by=viewer.person, clock=site.clock)
    return begin(site, viewer, client, task, back=f"/clients/{segment(client)}/log")


def level_of(name: str) -> MessageType:
    """Return a level of an address; an empty one is below all others.

    Raises:
        DatabusError: There is none of this name.
    """
    try:
        return MessageType[name] if name else MessageType.undefined
    except KeyError:
        raise DatabusError(f"{name!r} is none of {', '.join(each.name for each in LEVELS)}.") from None
