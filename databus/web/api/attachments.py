"""The contents of attachments."""

from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Path, Request
from starlette.responses import StreamingResponse

from databus.web.api.access import Reader
from databus.web.api.problems import problems
from databus.web.api.queue import InternalId
from databus.web.downloads import streamed
from databus.web.guard import SiteOf

router = APIRouter(tags=["queue"])

_CONTENT = {"description": "The content.", "content": {"application/octet-stream": {"schema": {"type": "string"}}}}

Name = Annotated[str, Path(description="Name of the attachment.", max_length=2000, examples=["order.xml"])]


@router.get(
    "/clients/{client}/queue/{internal_id:path}/attachments/{name:path}",
    summary="Download an attachment",
    response_class=StreamingResponse,
    responses={200: _CONTENT, **problems()},
)
def download_attachment(
    client: str, internal_id: InternalId, name: Name, caller: Reader, site: SiteOf, request: Request
) -> StreamingResponse:
    """Give the content of an attachment, byte for byte, in pieces."""
    internal_id, name = _as_sent(request) or (internal_id, name)
    return streamed(site.database.open_attachment(client, internal_id, name), name)


def _as_sent(request: Request) -> tuple[str, str] | None:
    """Return id and name from the address as it was sent; None where that is not known.

    A file out of an archive may be named ``mail/attachments/a.pdf``: the router sees only decoded slashes.
    """
    path: bytes = request.scope.get("raw_path") or b""
    _, _, sent = path.partition(b"?")[0].decode("ascii", "replace").partition("/queue/")
    internal_id, is_there, name = sent.partition("/attachments/")
    return (unquote(internal_id), unquote(name)) if is_there else None
