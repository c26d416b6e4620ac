"""Deleting what is older than somebody wants it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from databus.operating.bulk import ignore_progress
from databus.operating.job import Task
from databus.operating.purging import LONGEST, old_entries, old_logs
from databus.web.api.access import Configurer, Writer
from databus.web.api.problems import problems
from databus.web.api.queue_filter import Text
from databus.web.guard import SiteOf

router = APIRouter()

Days = Annotated[int, Field(ge=1, le=LONGEST)]


class LogPurgeWish(BaseModel):
    """How old logs are that shall be deleted."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"older_than_days": 30, "only_count": True}]}
    )

    older_than_days: Days = Field(description="Those that were begun more than so many days ago.")
    only_count: bool = Field(False, description="Delete nothing, and say how many it would be.")


class QueuePurgeWish(BaseModel):
    """How old complete passengers are that shall be deleted."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"older_than_days": 30, "only_count": True}]}
    )

    older_than_days: Days = Field(description="Those that were completed more than so many days ago.")
    passenger: Text = Field("", description="Only those of this route.")
    only_count: bool = Field(False, description="Delete nothing, and say how many it would be.")


class Purged(BaseModel):
    """What was deleted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"matched": 1204, "deleted": 0}]})

    matched: int = Field(description="How many are so old.")
    deleted: int = Field(description="How many were deleted.")


@router.post(
    "/clients/{client}/queue/purge",
    summary="Delete old complete passengers",
    tags=["queue"],
    responses=problems(400, 413),
)
def purge_queue(client: str, wish: QueuePurgeWish, caller: Writer, site: SiteOf) -> Purged:
    """Delete complete passengers that are old, with their attachments; what is not complete stays."""
    task = old_entries(
        site.database,
        client,
        passenger_module=wish.passenger,
        days=wish.older_than_days,
        by=caller.person,
        clock=site.clock,
    )
    return _purged(task, only_count=wish.only_count)


@router.post("/clients/{client}/log/purge", summary="Delete old logs", tags=["log"], responses=problems(400, 413))
def purge_logs(client: str, wish: LogPurgeWish, caller: Configurer, site: SiteOf) -> Purged:
    """Delete old logs, with what they say about who changed what; for administrators."""
    task = old_logs(site.database, client, days=wish.older_than_days, by=caller.person, clock=site.clock)
    return _purged(task, only_count=wish.only_count)


def _purged(task: Task, *, only_count: bool) -> Purged:
    matched = task.count(ignore_progress)
    if only_count:
        return Purged(matched=matched, deleted=0)
    deleted = task.do(ignore_progress).done
    task.tell(task.done_words(deleted, matched))
    return Purged(matched=matched, deleted=deleted)
