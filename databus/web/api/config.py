"""The configuration of a client."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from databus.client.config_schema import EXAMPLE
from databus.database.records import CONFIG
from databus.errors import ConfigError, Problem, VersionConflict
from databus.operating.config_saving import check_config, save_config
from databus.operating.customizing import ConfigCustomizing
from databus.operating.references import new_references
from databus.web.api.access import Administrator, Configurer
from databus.web.api.problems import Place, Trouble, places, problems
from databus.web.guard import SiteOf

router = APIRouter(tags=["configuration"])

PATIENCE = 20.0
"""Seconds that the modules which a configuration names may take to be imported before it is refused."""

_ETAG = {"ETag": {"description": "Version of the configuration, for `If-Match`.", "schema": {"type": "string"}}}

_DOCUMENT: dict[str, Any] = {"application/json": {"schema": {"type": "object"}, "example": EXAMPLE}}

_STORED: dict[str, Any] = {"description": "config.json as it is stored.", "content": _DOCUMENT, "headers": _ETAG}


class Saved(BaseModel):
    """A configuration that was saved."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "3f5a", "warnings": []}]})

    version: str = Field(description="The new version, as in `ETag`.")
    warnings: list[Place] = Field(description="What is allowed, but may not be what you want.")


@router.get(
    "/clients/{client}/config",
    summary="Read the configuration",
    response_class=Response,
    responses={200: _STORED, **problems()},
)
def get_config(client: str, caller: Administrator, site: SiteOf) -> Response:
    """Give config.json as it is stored, byte for byte, with hashes of passwords; for administrators."""
    site.configs.of(client)  # a password that was just written by hand is a hash after that
    document = site.database.read_document(client, CONFIG)
    return Response(document.content, media_type="application/json", headers={"etag": f'"{document.version}"'})


async def sent(request: Request, caller: Configurer) -> bytes:
    """Return what was sent, after it is known who sends it."""
    return await request.body()


@router.put(
    "/clients/{client}/config",
    summary="Save the configuration",
    responses={200: {"headers": _ETAG}, **problems(400, 412, 413, 428)},
    openapi_extra={"requestBody": {"required": True, "description": "config.json.", "content": _DOCUMENT}},
)
def put_config(
    client: str,
    content: Annotated[bytes, Depends(sent)],
    caller: Configurer,
    site: SiteOf,
    response: Response,
    if_match: Annotated[
        str,
        Header(description="The `ETag` that the configuration was read with.", json_schema_extra={"pattern": r"[!-~]"}),
    ] = "",
) -> Saved:
    """Check a configuration, with its plug-ins, and save it; the old one is kept. For administrators.

    It takes effect within a second. Plain passwords are stored as hashes.
    """
    if not if_match.strip():
        raise Trouble(428, "Send `If-Match` with the ETag of the configuration that you have read and changed.")
    version = site.database.read_document(client, CONFIG).version
    if not _matches(if_match, version):
        raise _changed_meanwhile()
    if not caller.is_root:
        _refuse_references(new_references(ConfigCustomizing(site.database, client), content))
    try:
        loaded = check_config(client, content, limit=PATIENCE)
        saved = save_config(site.database, client, content, expected=version, by=caller.person)
    except ConfigError as error:
        raise Trouble(422, "This configuration cannot be used.", errors=places(error.problems)) from error
    except VersionConflict as error:
        raise _changed_meanwhile() from error
    response.headers["etag"] = f'"{saved}"'
    return Saved(version=saved, warnings=places(list(loaded.warnings)))


def _refuse_references(found: list[str]) -> None:
    """Refuse references that were not there before, and do not even check them, which would follow them: ADR 0012."""
    if found:
        said = "Only an administrator of root may refer to something of this server that was not referred to before."
        reasons = [Problem(CONFIG, "", f"{reference} is new") for reference in found]
        raise Trouble(403, said, errors=places(reasons))


def _matches(if_match: str, version: str) -> bool:
    return if_match.strip() == "*" or f'"{version}"' in [each.strip() for each in if_match.split(",")]


def _changed_meanwhile() -> Trouble:
    return Trouble(412, "Somebody else has saved this configuration since you read it: read it again.")
