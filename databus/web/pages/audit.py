"""Audit: who did what, and when."""

from collections.abc import Iterable, Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from databus.driver.retention import audit_life_span
from databus.operating.audit_trail import AuditLine, AuditQuery, audit_lines, audit_page
from databus.timestamps import utc_text
from databus.web.administering import Administrator
from databus.web.cursors import reading_at
from databus.web.guard import ClientOf, SiteOf
from databus.web.rendering import page
from databus.web.site import Site
from databus.web.tables import BOM, MEDIA_TYPE, inert, rows

router = APIRouter()

Text = Annotated[str, Query(max_length=500)]
Cursor = Annotated[str, Query(max_length=1000)]


def life_span(site: Site, client: str) -> float:
    """Return for how many days a client keeps what people did, at least where its configuration cannot be used."""
    loaded = site.configs.of(client).loaded
    return audit_life_span(loaded.config.log_life_span if loaded else 0)


@router.get("/clients/{client}/audit")
def audit(
    client: ClientOf,
    viewer: Administrator,
    request: Request,
    site: SiteOf,
    text: Text = "",
    person: Text = "",
    cursor: Cursor = "",
) -> Response:
    """Show what people did."""
    with reading_at(cursor):
        found = audit_page(site.database, AuditQuery(client_id=client, text=text, person=person, cursor=cursor))
    filters = {"text": text, "person": person}
    days = life_span(site, client)
    return page(request, "audit.html", client=client, found=found, filters=filters, cursor=cursor, days=days)


@router.get("/clients/{client}/audit.csv")
def download(client: ClientOf, viewer: Administrator, site: SiteOf, text: Text = "", person: Text = "") -> Response:
    """Give everything that fits as a table."""
    lines = audit_lines(site.database, AuditQuery(client_id=client, text=text, person=person))
    headers = {"content-disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_table(lines), media_type=MEDIA_TYPE, headers=headers)


def _table(lines: Iterable[AuditLine]) -> Iterator[bytes]:
    yield rows([[f"{BOM}time", "who", "through", "what", "log"]])
    for line in lines:
        yield rows([[utc_text(line.at), *map(inert, (line.who, line.through, line.what)), line.guid]])
