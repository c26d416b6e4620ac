"""Undoing what was done with many passengers."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from databus.operating.job import Status
from databus.web.api.access import Writer
from databus.web.api.problems import RETRY_SOON, Trouble, problems
from databus.web.guard import SiteOf
from databus.web.jobs import owner_of

router = APIRouter(tags=["queue"])

LOOK = 60.0
"""Seconds after which is looked again whether it is over."""


class UndoWish(BaseModel):
    """What shall be undone."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"undo": "pX1vH0r0f9uY1pE5i0a1Bg"}]})

    undo: Annotated[str, Field(max_length=100, description="As an action has answered it.")]


class Undone(BaseModel):
    """What was undone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"matched": 1204, "done": 1201}]})

    matched: int = Field(description="Passengers that the action had changed.")
    done: int = Field(description="Those that are as they were before. Something else has changed the others since.")


@router.post("/clients/{client}/queue/undo", summary="Undo an action", responses=problems(400, 409, 413))
def undo(client: str, wish: UndoWish, caller: Writer, site: SiteOf) -> Undone:
    """Set passengers back to what they were before an action of the same user; what has changed since stays."""
    job = site.jobs.find(owner_of(caller), client, wish.undo)
    if not job.can_be_undone:
        raise Trouble(409, "There is nothing to be undone: it is undone already, or under way.")
    site.jobs.undo(job)
    while job.stage.is_under_way:
        job.wait(LOOK)
    if job.stage.status is not Status.DONE:
        raise Trouble(503, f"It has ended before all was undone: {job.stage.trouble}", headers=RETRY_SOON)
    return Undone(matched=job.stage.progress.matched, done=job.stage.progress.done)
