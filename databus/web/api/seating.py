"""Taking passengers from whoever hands them over."""

import re
from typing import Final, assert_never

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from databus.database.records import Duplicate, Refused, Seated
from databus.web.api.access import Writer
from databus.web.api.passengers import RouteName
from databus.web.api.problems import Trouble, problems
from databus.web.api.seater import HandedOver, Result, Seaters
from databus.web.api.sound import sound
from databus.web.api.uploads import Upload, received, wrong
from databus.web.rendering import segment

router = APIRouter(tags=["passengers"])

PATH: Final = re.compile("/api/v1/clients/[^/]+/passengers/[^/]+")
"""Where bodies may be larger than anywhere else."""

FIELDS = frozenset({"external_id", "source_system"})

_FORM = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["external_id"],
            "additionalProperties": False,
            "properties": {
                "external_id": {
                    "type": "string",
                    "description": "The document's id in its source system; with source_system it identifies it.",
                },
                "source_system": {"type": "string", "description": "Where it comes from."},
                "file": {
                    "type": "array",
                    "items": {"type": "string", "format": "binary"},
                    "description": "The attachments: any number of files. Other names of fields do as well.",
                },
            },
        },
        "example": {"external_id": "order-17", "source_system": "shop", "file": ["<order/>"]},
    }
}

_LOCATION = {"Location": {"description": "Address of the passenger.", "schema": {"type": "string"}}}


class SeatedPassenger(BaseModel):
    """A passenger that is in the queue."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"internal_id": "5f1c9a4e-7f0e-4c55-8a8c-3f3c5a0f2b11", "is_duplicate": False}]}
    )

    internal_id: str = Field(
        description="Databus's own id. Empty for a duplicate where the route has a queue of its own that does not tell."
    )
    is_duplicate: bool = Field(description="Whether it was in the queue already, so that nothing was stored.")


@router.post(
    "/clients/{client}/passengers/{route}",
    summary="Hand a passenger over",
    status_code=201,
    responses={
        200: {"model": SeatedPassenger, "description": "It was in the queue already.", "headers": _LOCATION},
        201: {"headers": _LOCATION},
        **problems(400, 413),
    },
    openapi_extra={"requestBody": {"required": True, "content": _FORM}},
)
async def seat(
    client: str,
    route: RouteName,
    caller: Writer,
    request: Request,
    response: Response,
) -> SeatedPassenger:
    """Put a document into the queue of a route. When this answers 201, it is stored durably, and it travels at once.

    The same document (source_system and external_id) is taken once as long as it is in the queue: sending it again,
    because an answer was lost, is safe, and gives 200.
    """
    sent = await received(request, FIELDS)  # nothing of it is taken before it is known who sends it
    _check(sent)
    seaters: Seaters = request.app.state.seaters
    seated = _told(await seaters.seat(client, route, HandedOver(sent, by=caller.person)))
    if seated.is_duplicate:
        response.status_code = 200
    if seated.internal_id:
        response.headers["location"] = f"/api/v1/clients/{segment(client)}/queue/{segment(seated.internal_id)}"
    return seated


def _check(sent: Upload) -> None:
    """Refuse what the queue would refuse, in the words of who sends it."""
    if not sent.fields.get("external_id"):
        reason = "it is missing or empty; it tells passengers of one source apart, and is a field of the form, no file"
        raise wrong("external_id", reason)
    names: set[str | None] = set()
    for each in sent.files:
        if each.name in names:
            raise Trouble(422, f"Two files are named {each.name!r}: give each a name of its own.")
        names.add(each.name)


def _told(result: Result) -> SeatedPassenger:
    match result:
        case Refused(reason=reason):
            raise Trouble(422, reason)
        case Duplicate(internal_id=internal_id):
            return SeatedPassenger(internal_id=sound(internal_id), is_duplicate=True)
        case Seated(internal_id=internal_id):
            return SeatedPassenger(internal_id=sound(internal_id), is_duplicate=False)
    assert_never(result)
