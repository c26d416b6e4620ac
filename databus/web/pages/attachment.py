"""The contents of attachments: as downloads, as pictures, and looked at."""

import contextlib
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from databus.web.downloads import shown_picture, streamed
from databus.web.exact_names import exact
from databus.web.guard import ClientOf, SiteOf
from databus.web.rendering import page, query, segment

router = APIRouter()


class Named:
    """Which attachment of which passenger is asked for."""

    def __init__(
        self,
        request: Request,
        internal_id: Annotated[str, Query(alias="id", max_length=1000)],
        name: Annotated[str, Query(max_length=2000)],
    ) -> None:
        self.internal_id = exact(request, "id", internal_id)
        self.name = exact(request, "name", name)

    def query(self, **more: object) -> str:
        """Return the query part of an address that means it."""
        return query({"id": self.internal_id, "name": self.name}, **more)


NamedIn = Annotated[Named, Depends()]


@router.get("/clients/{client}/attachment")
def download(client: ClientOf, site: SiteOf, named: NamedIn) -> Response:
    """Give an attachment as a download, whatever it is: the browser shows none of it."""
    return streamed(site.database.open_attachment(client, named.internal_id, named.name), named.name)


@router.get("/clients/{client}/picture")
def picture(client: ClientOf, site: SiteOf, named: NamedIn) -> Response:
    """Give an attachment that is a picture for a page to show."""
    return shown_picture(site.database.open_attachment(client, named.internal_id, named.name), named.name)


@router.get("/clients/{client}/preview")
def preview(client: ClientOf, request: Request, site: SiteOf, named: NamedIn, as_text: bool = False) -> Response:
    """Show what an attachment holds."""
    with contextlib.closing(site.database.open_attachment(client, named.internal_id, named.name)) as stream:
        shown = site.previews.look_at(named.name, stream, as_text=as_text)
    base = f"/clients/{segment(client)}"
    return page(
        request,
        "preview.html",
        client=client,
        name=named.name,
        shown=shown,
        as_text=as_text,
        crumbs=[(f"{base}/queue", "Queue"), (f"{base}/entry{query({'id': named.internal_id})}", "passenger")],
        download=f"{base}/attachment{named.query()}",
        picture=f"{base}/picture{named.query()}",
        other_way=f"{base}/preview{named.query(as_text='' if as_text else 'true')}",
    )
