"""Adding and removing clients."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from databus.operating.client_keeping import (
    LONGEST_ID,
    add_client,
    check_removable,
    config_like,
    empty_config,
    remove_client,
)
from databus.web.api.access import RootAdministrator
from databus.web.api.problems import Trouble, problems
from databus.web.api.sound import sound
from databus.web.guard import SiteOf
from databus.web.rendering import segment

router = APIRouter(tags=["clients"])

_EXAMPLE: dict[str, Any] = {"client": "acme", "like": "demo"}

_WORD = "A-Za-z0-9_\u00c0-\u024f"

ID_PATTERN = f"^[{_WORD}]([{_WORD}. &@+-]{{0,{LONGEST_ID - 2}}}[{_WORD}.&@+-])?$"
"""Narrower than the rule for ids, which no pattern can say: so a program knows beforehand what is taken."""

_LOCATION = {"Location": {"description": "Address of the client.", "schema": {"type": "string"}}}


class NewClient(BaseModel):
    """A client that is to be added."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    client: str = Field(
        pattern=ID_PATTERN, description="Its id: letters and digits, and within it blanks and any of `_.&@+-`."
    )
    like: str = Field(default="", description="Another client, whose configuration it takes over, but for the users.")


class AddedClient(BaseModel):
    """A client that was added."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"client": "acme"}]})

    client: str = Field(description="Its id.")


@router.post(
    "/clients",
    summary="Add a client",
    status_code=201,
    responses={201: {"description": "It was added.", "headers": _LOCATION}, **problems(400, 409)},
)
def create_client(new: NewClient, caller: RootAdministrator, site: SiteOf, response: Response) -> AddedClient:
    """Add a client, without users, and without routes unless it is made like another one; for root's administrators."""
    if new.client in site.database.clients():
        raise Trouble(409, f"There is already a client {new.client}.")
    content = config_like(site.database, new.like) if new.like else empty_config()
    add_client(site.database, new.client, content, by=caller.person)
    response.headers["location"] = f"/api/v1/clients/{segment(new.client)}"
    return AddedClient(client=sound(new.client))


@router.delete("/clients/{client}", summary="Remove a client", status_code=204, responses=problems())
def delete_client(
    client: Annotated[str, Path(description="The client.")], caller: RootAdministrator, site: SiteOf
) -> None:
    """Remove a client with its configuration, queue and logs, but not root; for root's administrators."""
    check_removable(site.database, client)
    remove_client(site.database, client, by=caller.person)
