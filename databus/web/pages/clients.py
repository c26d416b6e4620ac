"""Adding and removing clients, for the administrators of root."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from databus.client.client import Client
from databus.errors import DatabusError, NotFound, StoreError
from databus.operating.client_keeping import add_client, check_removable, config_like, empty_config, remove_client
from databus.web.administering import RootAdministering, RootAdministrator
from databus.web.client_list import client_list
from databus.web.guard import ClientOf, SiteOf
from databus.web.rendering import page, query, segment

router = APIRouter()

Field = Annotated[str, Form(max_length=500)]

LIST = f"/clients/{segment(Client.ROOT)}/customizing/clients"


@router.post("/clients")
def add(viewer: RootAdministering, request: Request, site: SiteOf, name: Field = "", like: Field = "") -> Response:
    """Add a client."""
    try:
        add_client(site.database, name, config_like(site.database, like) if like else empty_config(), by=viewer.person)
    except (StoreError, NotFound):
        raise
    except DatabusError as error:
        return client_list(request, site, viewer, said=_sentence(error), typed=(name, like), status=400)
    return RedirectResponse(LIST + query({"done": "added", "name": name}), 303)


@router.get("/clients/{client}/removal")
def removal(client: ClientOf, viewer: RootAdministrator, request: Request, site: SiteOf) -> Response:
    """Show what would be lost with a client."""
    return _removal(client, request, site)


@router.post("/clients/{client}/removal")
def remove(client: ClientOf, viewer: RootAdministering, request: Request, site: SiteOf, typed: Field = "") -> Response:
    """Remove a client whose name was typed."""
    check_removable(site.database, client)
    if typed != client:
        said = "Nothing was removed: what you typed is not the client's name."
        return _removal(client, request, site, said=said, status=409)
    remove_client(site.database, client, by=viewer.person)
    return RedirectResponse(LIST + query({"done": "removed", "name": client}), 303)


def _removal(client: str, request: Request, site: SiteOf, *, said: str = "", status: int = 200) -> Response:
    entries = check_removable(site.database, client)
    return page(request, "client_removal.html", status=status, client=client, entries=entries, said=said)


def _sentence(error: DatabusError) -> str:
    text = str(error)
    return f"Nothing was added: {text}."
