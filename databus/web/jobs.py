"""Jobs of whoever looks at a page."""

from starlette.responses import RedirectResponse, Response

from databus.operating.bulk import Handled
from databus.operating.job import Job, Owner, Task
from databus.operating.many_entries import ManyEntries
from databus.web.rendering import query, segment
from databus.web.site import Site
from databus.web.viewers import Somebody, Viewer

QUICK = 1.0
"""Seconds after which the page of a job is shown although it is under way: most are quicker."""


def owner_of(somebody: Somebody) -> Owner:
    """Return whose jobs somebody sees: nobody else's."""
    return Owner(somebody.client_id, somebody.username)


def begin(site: Site, viewer: Viewer, client: str, task: Task, *, back: str) -> Response:
    """Begin to count what a task would be done with, and go to its page.

    Args:
        back: The address that it is asked for from.

    Raises:
        DatabusError: Too many jobs are under way at this client.
    """
    return shown_soon(site.jobs.begin(task, owner=owner_of(viewer), client_id=client, back=back))


def shown_soon(job: Job) -> Response:
    """Go to the page of a job, at best when it has ended."""
    job.wait(QUICK)
    return RedirectResponse(address(job), 303)


def address(job: Job) -> str:
    """Return the address of a job's page."""
    return f"/clients/{segment(job.client_id)}/job{query({'id': job.id})}"


def undoable(site: Site, by: Somebody, client: str, task: ManyEntries, handled: Handled, *, back: str) -> str:
    """Keep what was done already, so that it can be undone; return the id of its job, empty where it cannot be."""
    if not task.can_be_undone:
        return ""
    return site.jobs.add(task, handled, owner=owner_of(by), client_id=client, back=back).id


def to_be_undone(site: Site, viewer: Viewer, client: str, job_id: str) -> Job | None:
    """Return the job of an id in an address, if it is the viewer's and can still be undone."""
    jobs = site.jobs.of(owner_of(viewer), client) if job_id else []
    return next((job for job in jobs if job.id == job_id and job.can_be_undone), None)
