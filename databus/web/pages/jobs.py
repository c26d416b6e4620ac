"""Jobs: what they would do, how far they are, and what became of them."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from databus.operating.job import Activity, Job
from databus.operating.jobs import KEPT
from databus.web.guard import Changing, ClientOf, SiteOf, ViewerOf, check_administrator
from databus.web.jobs import address, owner_of, shown_soon
from databus.web.rendering import page

router = APIRouter()

Id = Annotated[str, Query(alias="id", max_length=100)]

HOURS = KEPT.total_seconds() / 3600


class Wish(StrEnum):
    """What somebody wants of a job."""

    GO = "do"
    STOP = "stop"
    UNDO = "undo"


@router.get("/clients/{client}/jobs")
def jobs(client: ClientOf, viewer: ViewerOf, request: Request, site: SiteOf) -> Response:
    """Show the viewer's jobs."""
    found = site.jobs.of(owner_of(viewer), client)
    return page(request, "jobs.html", client=client, jobs=found, address=address, hours=HOURS)


@router.get("/clients/{client}/job")
def job(client: ClientOf, viewer: ViewerOf, request: Request, site: SiteOf, job_id: Id) -> Response:
    """Show a job."""
    return page(request, "job.html", **_shown(site.jobs.find(owner_of(viewer), client, job_id)))


@router.get("/clients/{client}/job/progress")
def progress(client: ClientOf, viewer: ViewerOf, request: Request, site: SiteOf, job_id: Id) -> Response:
    """Show how far a job is; when it has ended, the whole page is to be loaded."""
    found = site.jobs.find(owner_of(viewer), client, job_id)
    if not found.stage.is_under_way:
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    return page(request, "job_progress.html", **_shown(found))


@router.post("/clients/{client}/job")
def steer(client: ClientOf, viewer: Changing, site: SiteOf, job_id: Id, wish: Annotated[Wish, Form()]) -> Response:
    """Begin what was counted, stop it, or undo it.

    Raises:
        Forbidden: It needs an administrator, who the viewer may have been when it was counted.
    """
    found = site.jobs.find(owner_of(viewer), client, job_id)
    if found.task.needs_administrator and wish is not Wish.STOP:
        check_administrator(viewer)
    match wish:
        case Wish.GO:
            site.jobs.do(found)
        case Wish.UNDO:
            site.jobs.undo(found)
        case Wish.STOP:
            found.stop(f"{viewer.person.shown_name} has stopped it")
    return shown_soon(found)


def _shown(found: Job) -> dict[str, Any]:
    """Return what a page shows of a job: one moment of it."""
    return {
        "client": found.client_id,
        "job": found,
        "stage": found.stage,
        "address": address(found),
        "Activity": Activity,
        "hours": HOURS,
    }
