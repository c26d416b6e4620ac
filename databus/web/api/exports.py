"""Exports: copying clients into another database, which goes on although nobody waits for it."""

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import StreamingResponse

from databus.database.export.conflicts import OnConflict
from databus.database.export.exporting import PATIENCE
from databus.errors import ConfigError
from databus.operating.export_targets import try_target
from databus.operating.exports import LONGEST_WAIT, ExportRefused, Order, manifest_name
from databus.operating.places import Place
from databus.operating.target_places import address_place, engine_place
from databus.web.api.access import Overseer, RootAdministrator
from databus.web.api.export_models import Export, ExportList, export_of
from databus.web.api.problems import Trouble, places, problems
from databus.web.downloads import download_headers
from databus.web.guard import SiteOf

router = APIRouter(tags=["exports"])

ExportId = Annotated[str, Path(max_length=100, description="Id of the export.", examples=["1f0e5c5a4b7d4f6c"])]

_LOCATION = {"Location": {"description": "Address of the export.", "schema": {"type": "string"}}}

_MANIFEST: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}

_TARGET: Final[dict[str, Any]] = {"database": "postgresql://databus:secret@db.example.org/databus"}


class Target(BaseModel):
    """Where to: either ``database``, or ``module`` with ``arguments``."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_TARGET]})

    database: str | None = Field(
        None,
        max_length=4000,
        description="`json:PATH`, `sqlite:///PATH`, or the URL of a SQL server. Paths begin at the root of the machine "
        "that runs Databus.",
    )
    module: str | None = Field(None, max_length=500, description="Module of an engine of your own.")
    arguments: dict[str, Any] = Field({}, description="Its arguments.")

    @model_validator(mode="after")
    def _one_of_both(self) -> "Target":
        if (self.database is None) is (self.module is None):
            raise ValueError("give either database or module")
        return self

    def place(self) -> Place:
        """Return the place that is meant.

        Raises:
            Trouble: It cannot be one.
        """
        try:
            if self.database is not None:
                return address_place(self.database)
            return engine_place(self.module or "", json.dumps(self.arguments))
        except ConfigError as error:
            raise Trouble(422, "This target cannot be used.", errors=places(error.problems)) from error


class NewExport(BaseModel):
    """What is to be exported, and where to."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"clients": ["acme"], "target": _TARGET}]}
    )

    clients: list[Annotated[str, Field(max_length=1000)]] = Field(
        [], max_length=1000, description="Ids of clients; empty for all."
    )
    target: Target
    on_conflict: OnConflict = Field(
        OnConflict.STOP,
        description="What becomes of what the target has of its own: stop names it and writes nothing of that client, "
        "skip leaves it, replace lets the source count.",
    )
    wait: float = Field(
        PATIENCE, strict=True, ge=0, le=LONGEST_WAIT, description="Seconds to wait for drives that are under way."
    )


class Again(BaseModel):
    """How an export is taken up."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{}, {"on_conflict": "skip"}]})

    target: Target | None = Field(
        None, description="The same as before; needed where `needs_target` is true: what may be a secret is not kept."
    )
    on_conflict: OnConflict | None = Field(None, description="Another rule than before.")


class Tested(BaseModel):
    """What a connection test has found."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"is_good": True, "text": "It answers, and has no clients yet."}]}
    )

    is_good: bool = Field(description="Whether an export can begin.")
    text: str = Field(description="What is there, or what is wrong.")


@router.get("/exports", summary="List exports", responses=problems())
def list_exports(caller: Overseer, site: SiteOf) -> ExportList:
    """Give the exports that are remembered, the last 20, newest first; to administrators of root."""
    return ExportList(exports=[export_of(site.exports, record) for record in site.exports.all()])


@router.post(
    "/exports",
    summary="Begin an export",
    status_code=202,
    responses={202: {"headers": _LOCATION}, **problems(400, 409, 413)},
)
def begin_export(wanted: NewExport, caller: RootAdministrator, site: SiteOf, response: Response) -> Export:
    """Copy clients into another database, and verify that everything is there; for administrators of root.

    It runs in the process that answers; look at it with `GET`. While a client is exported, it alone is not driven.
    """
    order = Order(
        clients=wanted.clients, target=wanted.target.place(), on_conflict=wanted.on_conflict, patience=wanted.wait
    )
    try:
        record = site.exports.begin(order, by=caller.person)
    except ExportRefused as error:
        raise Trouble(409, str(error)) from error
    response.headers["location"] = f"/api/v1/exports/{record.id}"
    return export_of(site.exports, record)


@router.post("/exports/test", summary="Test a target", responses=problems(400, 413))
def test_target(target: Target, caller: RootAdministrator, site: SiteOf) -> Tested:
    """Look whether an export can be written to a target. Nothing is made or changed there."""
    finding = try_target(target.place(), site.database)
    return Tested(is_good=finding.is_good, text=finding.text)


@router.get("/exports/{export_id}", summary="An export", responses=problems())
def get_export(export_id: ExportId, caller: Overseer, site: SiteOf) -> Export:
    """Give how far an export is, or what became of it."""
    return export_of(site.exports, site.exports.get(export_id))


@router.post("/exports/{export_id}/pause", summary="Pause an export", responses=problems(409))
def pause_export(export_id: ExportId, caller: RootAdministrator, site: SiteOf) -> Export:
    """Let an export end after what it is at; its clients are driven again, and it can be taken up."""
    try:
        return export_of(site.exports, site.exports.pause(export_id, by=caller.person))
    except ExportRefused as error:
        raise Trouble(409, str(error)) from error


@router.post(
    "/exports/{export_id}/resume", summary="Take up an export", status_code=202, responses=problems(400, 409, 413)
)
def resume_export(export_id: ExportId, again: Again, caller: RootAdministrator, site: SiteOf) -> Export:
    """Let an export go on where it ended, or run it again to bring what has changed since."""
    target = again.target.place() if again.target is not None else None
    try:
        record = site.exports.resume(export_id, by=caller.person, target=target, on_conflict=again.on_conflict)
    except ExportRefused as error:
        raise Trouble(409, str(error)) from error
    return export_of(site.exports, record)


@router.get(
    "/exports/{export_id}/manifest",
    summary="An export's manifest",
    response_class=StreamingResponse,
    responses={200: {"description": "What was verified.", "content": _MANIFEST}, **problems(409)},
)
def get_manifest(export_id: ExportId, caller: Overseer, site: SiteOf) -> StreamingResponse:
    """Give the manifest: the same content gives the same file, byte by byte, whatever the engines."""
    try:
        pieces = site.exports.manifest(export_id)
    except ExportRefused as error:
        raise Trouble(409, str(error)) from error
    headers = download_headers(manifest_name(export_id))
    return StreamingResponse(pieces, media_type="application/json", headers=headers)
