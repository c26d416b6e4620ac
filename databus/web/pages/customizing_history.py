"""Customizing: earlier versions of documents, documents as files, and the list of clients."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from databus.client.client import Client
from databus.errors import NotFound
from databus.operating.customizing import CLIENTS_NAME, CONFIG_NAME
from databus.web.administering import Administrator
from databus.web.client_list import client_list
from databus.web.downloads import MEDIA_TYPE, download_headers
from databus.web.drafts import shown
from databus.web.editor import MOST_SHOWN, changed_lines, chosen_document, place_of
from databus.web.guard import ClientOf, SiteOf
from databus.web.rendering import page

router = APIRouter()

Name = Annotated[str, Query(max_length=1000)]
Word = Annotated[str, Query(max_length=500)]
Version = Annotated[str, Query(max_length=1000)]


@router.get("/clients/{client}/customizing/version")
def version(
    client: ClientOf,
    viewer: Administrator,
    request: Request,
    site: SiteOf,
    version: Version = "",
    document: Name = CONFIG_NAME,
) -> Response:
    """Show an earlier version, and what has changed since."""
    chosen = chosen_document(site, client, document)
    present, earlier = chosen.read(), chosen.read(version)
    as_text = shown(earlier)
    return page(
        request,
        "version.html",
        **place_of(site, viewer, chosen),
        present=present,
        earlier=earlier,
        shown=as_text,
        lines=changed_lines(earlier, present.content) if as_text.is_editable and shown(present).is_editable else None,
        is_same=earlier.content == present.content,
        most=MOST_SHOWN,
    )


@router.get("/clients/{client}/customizing/file")
def download(
    client: ClientOf, viewer: Administrator, site: SiteOf, document: Name = CONFIG_NAME, version: Version = ""
) -> Response:
    """Give a document byte by byte."""
    chosen = chosen_document(site, client, document)
    return Response(chosen.read(version).content, media_type=MEDIA_TYPE, headers=download_headers(chosen.file))


@router.get("/clients/{client}/customizing/clients")
def clients(
    client: ClientOf, viewer: Administrator, request: Request, site: SiteOf, done: Word = "", name: Word = ""
) -> Response:
    """List the clients, for root."""
    if not (viewer.is_root and client == Client.ROOT):
        raise NotFound(f"Client {client} has no document {CLIENTS_NAME}.")
    return client_list(request, site, viewer, done=done, name=name)
