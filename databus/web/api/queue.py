"""The queue of a client, and one passenger of it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from databus.database.steps import state
from databus.errors import NotFound
from databus.operating.bulk import Action, handle
from databus.operating.step_changes import Change, change_steps, named_steps
from databus.web.api.access import Reader, Writer
from databus.web.api.entries import EXAMPLE, QueueEntry, shown
from databus.web.api.paging import LINK, NEXT, Cursor, Limit, link_next, read_page
from databus.web.api.problems import Place, Trouble, problems
from databus.web.api.queue_filter import QueueFilter, Text
from databus.web.entries import entry_of, surroundings_of
from databus.web.guard import SiteOf

router = APIRouter(tags=["queue"])

InternalId = Annotated[
    str,
    Path(description="Databus's own id of the passenger.", max_length=1000, examples=[EXAMPLE["internal_id"]]),
]


class QueuePage(BaseModel):
    """A page of passengers, those that were seated last first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXAMPLE], "next_cursor": ""}]})

    items: list[QueueEntry] = Field(description="The passengers.")
    next_cursor: str = Field(description=NEXT)


class QueuePageFilter(QueueFilter):
    """Which passengers, and which page of them."""

    limit: Limit = 50
    cursor: Cursor = ""


class StepChange(BaseModel):
    """What becomes of steps of a passenger."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"change": "complete", "steps": ["push:orders out"]}]}
    )

    change: Change = Field(
        description="What they are set to; incomplete lets them run again at the next drive, and dead leaves those "
        "that are complete as they are."
    )
    steps: list[Text] = Field(
        [], max_length=1000, description="Their names, or KIND:NAME (notify, process, push); all where none is given."
    )


@router.get(
    "/clients/{client}/queue",
    summary="List passengers",
    responses={200: {"headers": LINK}, **problems()},
)
def list_queue(
    client: str,
    caller: Reader,
    site: SiteOf,
    request: Request,
    response: Response,
    wanted: Annotated[QueuePageFilter, Query()],
) -> QueuePage:
    """Give passengers of the queue, those that were seated last first."""
    query = wanted.as_query(client, limit=wanted.limit, cursor=wanted.cursor)
    found = read_page(lambda: site.database.find(query, now=site.clock()), wanted.cursor)
    link_next(request, response, found.next_cursor)
    surroundings, now = surroundings_of(site, client), site.clock()
    items = [shown(entry, surroundings, now=now) for entry in found.items]
    return QueuePage(items=items, next_cursor=found.next_cursor)


@router.get("/clients/{client}/queue/{internal_id:path}", summary="A passenger", responses=problems())
def get_entry(client: str, internal_id: InternalId, caller: Reader, site: SiteOf) -> QueueEntry:
    """Give a passenger of the queue with its steps."""
    return shown(entry_of(site, client, internal_id), surroundings_of(site, client), now=site.clock())


@router.post("/clients/{client}/queue/{internal_id:path}/steps", summary="Set steps", responses=problems(400, 413))
def set_steps(client: str, internal_id: InternalId, change: StepChange, caller: Writer, site: SiteOf) -> QueueEntry:
    """Set steps of a passenger complete, incomplete or dead; give the passenger as it is then."""
    entry = entry_of(site, client, internal_id)
    try:
        steps = named_steps(entry, change.steps)
    except NotFound as error:
        raise Trouble(422, str(error), errors=[Place(place="body.steps", reason=str(error))]) from error
    change_steps(site.database, [(entry, steps)], change.change, by=caller.person)
    return shown(entry_of(site, client, internal_id), surroundings_of(site, client), now=site.clock())


@router.delete(
    "/clients/{client}/queue/{internal_id:path}",
    summary="Delete a passenger",
    status_code=204,
    responses=problems(409),
)
def delete_entry(client: str, internal_id: InternalId, caller: Writer, site: SiteOf) -> None:
    """Delete a passenger with its attachments, whatever its state; not while a drive works on it."""
    entry = entry_of(site, client, internal_id)
    if not handle(site.database, client, Action.DELETE, iter([[entry]]), by=caller.person, clock=site.clock).done:
        entry = entry_of(site, client, internal_id)
        raise Trouble(409, f"A drive works on this passenger ({state(entry, site.clock())}): try again later.")
