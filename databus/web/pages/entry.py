"""One passenger: its story, what it holds, and setting it right."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from databus.database.records import Entry, QueueQuery, Step
from databus.database.steps import state
from databus.errors import DatabusError, NotFound
from databus.operating.bulk import Action, Handled
from databus.operating.entry_story import timeline
from databus.operating.many_entries import ManyEntries
from databus.operating.step_changes import Change, change_steps
from databus.operating.waiting import why_it_waits
from databus.web import jobs
from databus.web.entries import entry_of, surroundings_of
from databus.web.exact_names import exact
from databus.web.guard import Changing, ClientOf, SiteOf, ViewerOf
from databus.web.rendering import page, query, segment

router = APIRouter()


def internal_id_of(request: Request, internal_id: Annotated[str, Query(alias="id", max_length=1000)]) -> str:
    """Return the passenger's id in an address."""
    return exact(request, "id", internal_id)


Id = Annotated[str, Depends(internal_id_of)]


@router.get("/clients/{client}/entry")
def entry(
    client: ClientOf,
    viewer: ViewerOf,
    request: Request,
    site: SiteOf,
    internal_id: Id,
    undo: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show a passenger."""
    found = entry_of(site, client, internal_id)
    now = site.clock()
    return page(
        request,
        "entry.html",
        client=client,
        entry=found,
        state=state(found, now),
        why=why_it_waits(found, surroundings_of(site, client), now=now, time_text=None),
        events=[_event(at, text) for at, text in timeline(found)],
        changes=list(Change),
        undo=jobs.to_be_undone(site, viewer, client, undo),
    )


def _event(at: datetime, text: str) -> tuple[datetime, str, str]:
    first, _, rest = text.partition("\n")
    return at, first, rest


@router.post("/clients/{client}/entry")
def set_step(
    client: ClientOf,
    viewer: Changing,
    site: SiteOf,
    internal_id: Id,
    change: Annotated[Change, Form()],
    step: Annotated[str, Form()] = "",
) -> Response:
    """Set a step of a passenger, or all of them.

    Raises:
        NotFound: It is gone, or has no such step.
        DatabusError: Nothing of it can be set so.
    """
    found = entry_of(site, client, internal_id)
    changed = change_steps(site.database, [(found, _steps(found, step))], change, by=viewer.person)
    if changed.gone:
        raise NotFound("This passenger was deleted in the meantime.")
    if changed.untouched:
        raise DatabusError("Nothing was set dead: what is complete is not tried again anyway.")
    address = f"/clients/{segment(client)}/entry"
    by_id = {"id": internal_id}
    task = ManyEntries(
        site.database,
        Action(change.value),
        QueueQuery(client_id=client),
        by=viewer.person,
        clock=site.clock,
        which=found.external_id,
    )
    task.keep(changed)
    done = Handled(matched=1, done=1)
    undo = jobs.undoable(site, viewer, client, task, done, back=f"{address}{query(by_id)}")
    return RedirectResponse(f"{address}{query(by_id, undo=undo)}", 303)


def _steps(entry: Entry, wanted: str) -> list[Step]:
    """Return the steps that are meant by ``kind:name``; all where nothing is said."""
    steps = [step for step in entry.steps if wanted in ("", f"{step.kind.value}:{step.name}")]
    if not steps:
        raise NotFound(f"This passenger has no step {wanted}.")
    return steps
