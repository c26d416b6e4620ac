"""Attachments of what waits at a source, looked at without pulling it."""

import contextlib
from collections.abc import Callable
from io import BytesIO
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from databus.client.redaction import redact
from databus.errors import DatabusError, NotFound
from databus.operating.peeking import Waiting, read_waiting
from databus.operating.preview.samples import LARGE, Sample, read_beginning, read_sample
from databus.passenger.attachment import Attachment
from databus.web.downloads import shown_picture
from databus.web.exact_names import exact
from databus.web.guard import ClientOf, SiteOf
from databus.web.pages.peek import MOST, PATIENCE, configured
from databus.web.rendering import page, query, segment
from databus.web.site import Site

router = APIRouter()

T = TypeVar("T")

Text = Annotated[str, Query(max_length=2000)]


class Asked:
    """Which attachment of what waits is asked for."""

    def __init__(self, request: Request, route: Text, puller: Text, id: Text, name: Text, source: Text = "") -> None:
        self.route = route
        self.waiting = Waiting(
            puller=exact(request, "puller", puller),
            source_system=exact(request, "source", source),
            external_id=exact(request, "id", id),
            name=exact(request, "name", name),
        )

    def query(self, **more: object) -> str:
        """Return the query part of an address that means it."""
        meant = self.waiting
        values = {"puller": meant.puller, "source": meant.source_system, "id": meant.external_id, "name": meant.name}
        return query({"route": self.route, **values}, **more)


AskedIn = Annotated[Asked, Depends()]


def read_asked(site: Site, client_id: str, asked: Asked, read: Callable[[Attachment], T]) -> T:
    """Read an attachment of what waits.

    Raises:
        NotFound: It does not wait there any more.
        SourcesBusy: Too many look at sources.
        DatabusError: The source cannot be read.
    """
    route, loaded = configured(site, client_id, asked.route)
    with site.peeks.one(client_id):
        try:
            found = read_waiting(client_id, route, asked.waiting, read, limit=MOST, time_limit=PATIENCE)
        except DatabusError as error:
            raise DatabusError(redact(str(error), loaded.secrets)) from error
    if found is None:
        raise NotFound(f"{asked.waiting.name} does not wait at its source any more.")
    return found


@router.get("/clients/{client}/passengers/peek/preview")
def preview(client: ClientOf, request: Request, site: SiteOf, asked: AskedIn, as_text: bool = False) -> Response:
    """Show what an attachment of what waits holds."""
    name = asked.waiting.name

    def read(attachment: Attachment) -> Sample:
        with contextlib.closing(attachment.open()) as stream:
            return read_sample(name, stream, as_text=as_text)

    shown = site.previews.look_at_sample(read_asked(site, client, asked, read))
    base = f"/clients/{segment(client)}/passengers"
    peek = f"{base}/peek{query({'route': asked.route})}"
    return page(
        request,
        "preview.html",
        client=client,
        name=name,
        shown=shown,
        as_text=as_text,
        crumbs=[(base, "Passengers"), (peek, "what waits at the source")],
        download="",
        picture=f"{base}/peek/picture{asked.query()}",
        other_way=f"{base}/peek/preview{asked.query(as_text='' if as_text else 'true')}",
    )


@router.get("/clients/{client}/passengers/peek/picture")
def picture(client: ClientOf, site: SiteOf, asked: AskedIn) -> Response:
    """Give a picture that waits for a page to show."""

    def read(attachment: Attachment) -> bytes:
        with contextlib.closing(attachment.open()) as stream:
            return read_beginning(stream, LARGE)

    return shown_picture(BytesIO(read_asked(site, client, asked, read)), asked.waiting.name)
