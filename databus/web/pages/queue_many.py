"""What is done with all passengers that match: handling them, purging, and downloading the list."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import Response

from databus.operating.bulk import Action
from databus.operating.many_entries import ManyEntries
from databus.operating.purging import LONGEST, old_entries
from databus.web import jobs
from databus.web.guard import Changing, ClientOf, SiteOf
from databus.web.pages.queue import Filters, filters_of
from databus.web.queue_files import csv_file, json_file
from databus.web.rendering import query, segment

router = APIRouter()

FiltersOf = Annotated[Filters, Depends(filters_of)]


@router.post("/clients/{client}/queue/all")
def handle_all(
    client: ClientOf, viewer: Changing, site: SiteOf, filters: FiltersOf, action: Annotated[Action, Form()]
) -> Response:
    """Count the passengers that match, and ask whether it shall be done with them."""
    task = ManyEntries(site.database, action, filters.as_query(client), by=viewer.person, clock=site.clock)
    back = f"/clients/{segment(client)}/queue{query(filters.as_dict())}"
    return jobs.begin(site, viewer, client, task, back=back)


@router.post("/clients/{client}/queue/purge")
def purge(
    client: ClientOf,
    viewer: Changing,
    site: SiteOf,
    days: Annotated[int, Form(ge=1, le=LONGEST)],
    passenger: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Count the passengers that were completed long ago, and ask whether they shall be deleted."""
    task = old_entries(site.database, client, passenger_module=passenger, days=days, by=viewer.person, clock=site.clock)
    return jobs.begin(site, viewer, client, task, back=f"/clients/{segment(client)}/queue")


@router.get("/clients/{client}/queue.csv")
def download_csv(client: ClientOf, site: SiteOf, filters: FiltersOf) -> Response:
    """Give all passengers that match as a table."""
    return csv_file(site, filters.as_query(client))


@router.get("/clients/{client}/queue.json")
def download_json(client: ClientOf, site: SiteOf, filters: FiltersOf) -> Response:
    """Give all passengers that match as JSON."""
    return json_file(site, filters.as_query(client))
