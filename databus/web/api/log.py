"""The logs: of drives, and of what people changed."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from databus.client.log import MessageType
from databus.database.records import LOGS_LOOKED_THROUGH, LogHead, LogQuery
from databus.operating.log_reading import Wanted, log_part
from databus.web.api.access import Reader
from databus.web.api.paging import LINK, NEXT, Cursor, Limit, link_next, read_page
from databus.web.api.problems import problems
from databus.web.api.queue_filter import Moment, Text
from databus.web.api.sound import sound
from databus.web.guard import SiteOf

router = APIRouter(tags=["log"])

_HEAD: dict[str, Any] = {
    "guid": "9d3b6e6e-0b1b-4b0e-9a0e-6a4c1f6f3f10",
    "created_on": "2026-11-25T09:30:00Z",
    "passenger": "databus.passenger.document",
    "worst": "info",
    "lines": 12,
}

_LINE: dict[str, Any] = {
    "timestamp": "2026-11-25T09:30:00Z",
    "type": "info",
    "source": "databus.driver.primal_driver",
    "message": "Drive of demo, databus.passenger.document begins",
}


class Level(StrEnum):
    """How bad a line is."""

    UNDEFINED = "undefined"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogSummary(BaseModel):
    """A log without its lines."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HEAD]})

    guid: str = Field(description="Its id.")
    created_on: datetime = Field(description="When it was begun.")
    passenger: str = Field(description="The route that was driven; empty for other logs.")
    worst: str = Field(description="The level of its worst line.")
    lines: int = Field(description="How many lines it has.")


class LogPage(BaseModel):
    """A page of logs, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_HEAD], "next_cursor": ""}]})

    items: list[LogSummary] = Field(description="The logs.")
    next_cursor: str = Field(description=NEXT)


class Line(BaseModel):
    """A line of a log."""

    timestamp: datetime = Field(description="When it was written.")
    type: str = Field(description="Its level.")
    source: str = Field(description="What wrote it.")
    message: str = Field(description="What it says.")


class LogLines(BaseModel):
    """A log with some of its lines."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"log": _HEAD, "start": 0, "lines": [_LINE], "next_start": 1}]}
    )

    log: LogSummary
    start: int = Field(description="Number of the first line that is given; the first of all has number 0.")
    lines: list[Line] = Field(description="The lines.")
    next_start: int = Field(description="Where to go on, also later: a log of a drive under way grows.")


class LogFilter(BaseModel):
    """Which logs, and which page of them. What is left out does not filter."""

    model_config = ConfigDict(extra="forbid")

    passenger: Text = Field("", description="Name of the route that was driven.")
    worst: Level = Field(Level.UNDEFINED, description="Only logs whose worst line is at least this bad.")
    text: Text = Field("", description=f"Part of a message. It is looked for in {LOGS_LOOKED_THROUGH} logs for a page.")
    created_from: Moment | None = Field(None, description="Begun then or later; a time with its zone.")
    created_before: Moment | None = Field(None, description="Begun earlier; a time with its zone.")
    limit: Limit = 50
    cursor: Cursor = ""

    def as_query(self, client_id: str) -> LogQuery:
        """Return the query of a client's logs."""
        return LogQuery(
            client_id=client_id,
            passenger_module=self.passenger,
            worst=MessageType[self.worst.value],
            text=self.text,
            created_from=self.created_from,
            created_before=self.created_before,
            limit=self.limit,
            cursor=self.cursor,
        )


@router.get("/clients/{client}/log", summary="List logs", responses={200: {"headers": LINK}, **problems()})
def list_logs(
    client: str,
    caller: Reader,
    site: SiteOf,
    request: Request,
    response: Response,
    wanted: Annotated[LogFilter, Query()],
) -> LogPage:
    """Give the logs of a client, newest first."""
    found = read_page(lambda: site.database.find_logs(wanted.as_query(client)), wanted.cursor)
    link_next(request, response, found.next_cursor)
    return LogPage(items=[_summary(head) for head in found.items], next_cursor=found.next_cursor)


@router.get("/clients/{client}/log/{guid:path}", summary="Lines of a log", responses=problems())
def read_log(
    client: str,
    guid: Annotated[str, Path(description="The log's id.", max_length=1000, examples=[_HEAD["guid"]])],
    caller: Reader,
    site: SiteOf,
    start: Annotated[int, Query(ge=0, le=2**40, description="Number of the first line; 0 is the first.")] = 0,
    limit: Annotated[int, Query(ge=1, le=5000, description="The most lines.")] = 1000,
    level: Annotated[Level, Query(description="Only lines that are at least this bad.")] = Level.UNDEFINED,
    text: Annotated[str, Query(max_length=500, description="Part of a line's message or source.")] = "",
) -> LogLines:
    """Give lines of a log. That of a drive under way grows: ask again from `next_start` on.

    Where `level` or `text` is given, there may be more lines that fit as long as `next_start` is below `log.lines`.
    """
    wanted = Wanted(client_id=client, guid=guid, level=MessageType[level.value], text=text)
    found = log_part(site.database, wanted, start=start, limit=limit)
    return LogLines(
        log=_summary(found.head),
        start=start,
        lines=[
            Line(
                timestamp=line.timestamp,
                type=line.type.name,
                source=sound(line.source),
                message=sound(line.message),
            )
            for line in found.lines
        ],
        next_start=found.next_start,
    )


def _summary(head: LogHead) -> LogSummary:
    return LogSummary(
        guid=sound(head.guid),
        created_on=head.created_on,
        passenger=sound(head.passenger_module),
        worst=head.worst.name,
        lines=head.lines,
    )
