"""All passengers that match, as a file."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from databus.web.api.access import Reader
from databus.web.api.entries import EXAMPLE
from databus.web.api.problems import problems
from databus.web.api.queue_filter import QueueFilter
from databus.web.guard import SiteOf
from databus.web.queue_files import COLUMNS, PAGE, csv_file, json_file

router = APIRouter(tags=["queue"])

_TABLE: dict[str, Any] = {
    "description": "The table, in UTF-8.",
    "content": {"text/csv": {"schema": {"type": "string"}, "example": ",".join(COLUMNS)}},
}

_LIST: dict[str, Any] = {
    "description": "The list.",
    "content": {
        "application/json": {
            "schema": {"type": "array", "items": {"$ref": "#/components/schemas/QueueEntry"}},
            "example": [EXAMPLE],
        }
    },
}


@router.get(
    "/clients/{client}/queue.csv",
    summary="Download passengers as a table",
    response_class=StreamingResponse,
    responses={200: _TABLE, **problems()},
)
def download_queue_csv(
    client: str, caller: Reader, site: SiteOf, wanted: Annotated[QueueFilter, Query()]
) -> StreamingResponse:
    """Give all passengers that match, for a spreadsheet; a text that it would compute begins with a `'`."""
    return csv_file(site, wanted.as_query(client, limit=PAGE))


@router.get(
    "/clients/{client}/queue.json",
    summary="Download passengers as JSON",
    response_class=StreamingResponse,
    responses={200: _LIST, **problems()},
)
def download_queue_json(
    client: str, caller: Reader, site: SiteOf, wanted: Annotated[QueueFilter, Query()]
) -> StreamingResponse:
    """Give all passengers that match, in one list without pages."""
    return json_file(site, wanted.as_query(client, limit=PAGE))
