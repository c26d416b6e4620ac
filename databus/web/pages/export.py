"""Export: copying clients into another database, while this page is open or not; root's administrators only."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from databus.database.export.conflicts import OnConflict
from databus.database.export.exporting import PATIENCE
from databus.errors import ConfigError, DatabusError, NotFound, StoreError
from databus.operating.export_targets import Finding, try_target
from databus.operating.exports import LONGEST_WAIT, ExportRefused, Order, manifest_name
from databus.web.administering import RootAdministering, RootAdministrator
from databus.web.downloads import download_headers
from databus.web.guard import SiteOf
from databus.web.rendering import page, query
from databus.web.site import Site
from databus.web.target_forms import KINDS, TargetForm, Typed, form_of

router = APIRouter()

CHOICES: Final = {
    OnConflict.STOP: "Stop: name what differs, and write nothing of that client",
    OnConflict.SKIP: "Skip: leave it as it is in the target",
    OnConflict.REPLACE: "Replace: the source counts",
}
"""What becomes of what the target has of its own."""

Id = Annotated[str, Query(max_length=100)]
IdField = Annotated[str, Form(max_length=100)]
Rule = Annotated[OnConflict, Form()]
Clients = Annotated[list[str], Form(max_length=10_000)]
Wait = Annotated[float, Form(ge=0, le=LONGEST_WAIT)]


@router.get("/export")
def export(
    viewer: RootAdministrator, request: Request, site: SiteOf, engine: Annotated[str, Query(max_length=100)] = "json"
) -> Response:
    """Show the form for a new export, and the exports that there are."""
    return _new(request, site, TargetForm(engine=engine if engine in KINDS else "json"))


@router.post("/export")
def begin(
    viewer: RootAdministering,
    request: Request,
    site: SiteOf,
    typed: Typed,
    on_conflict: Rule,
    clients: Clients = [],  # noqa: B006 - FastAPI copies it
    wait: Wait = PATIENCE,
) -> Response:
    """Begin an export."""
    try:
        order = Order(clients=clients, target=typed.place(), on_conflict=on_conflict, patience=wait)
        record = site.exports.begin(order, by=viewer.person)
    except StoreError:
        raise  # the database's own page says more
    except DatabusError as error:
        said = _said(error)
        return _new(request, site, typed.shown(), said=said, chosen=(clients, on_conflict, wait), status=_status(error))
    return _to(record.id)


@router.post("/export/test")
def test(viewer: RootAdministering, request: Request, site: SiteOf, typed: Typed) -> Response:
    """Look whether an export can be written to a target, without making or changing anything there."""
    try:
        finding = try_target(typed.place(), site.database)
    except ConfigError as error:
        finding = Finding(is_good=False, text=_said(error))
    if request.headers.get("hx-request"):
        return page(request, "export_finding.html", finding=finding)
    return _new(request, site, typed.shown(), finding=finding)


@router.get("/export/job")
def job(viewer: RootAdministrator, request: Request, site: SiteOf, id: Id) -> Response:
    """Show an export."""
    return _job(request, site, id)


@router.get("/export/job/part")
def job_part(viewer: RootAdministrator, request: Request, site: SiteOf, id: Id) -> Response:
    """Show how far an export is; when it is over, the whole page is to be loaded again."""
    record = site.exports.get(id)
    if not record.is_running:
        return Response(headers={"hx-refresh": "true"})
    return page(request, "export_progress.html", job=record)


@router.post("/export/pause")
def pause(viewer: RootAdministering, site: SiteOf, id: IdField) -> Response:
    """Let an export rest."""
    site.exports.pause(id, by=viewer.person)
    return _to(id)


@router.post("/export/resume")
def resume(
    viewer: RootAdministering, request: Request, site: SiteOf, typed: Typed, id: IdField, on_conflict: Rule
) -> Response:
    """Take up an export."""
    record = site.exports.get(id)
    try:
        target = typed.place() if site.exports.needs_target(record) else None
        site.exports.resume(id, by=viewer.person, target=target, on_conflict=on_conflict)
    except (ConfigError, ExportRefused) as error:
        return _job(request, site, id, said=_said(error), status=_status(error))
    return _to(id)


@router.get("/export/manifest")
def manifest(viewer: RootAdministrator, site: SiteOf, id: Id) -> Response:
    """Give the manifest as a file."""
    pieces = site.exports.manifest(id)
    return StreamingResponse(pieces, media_type="application/json", headers=download_headers(manifest_name(id)))


def _new(
    request: Request,
    site: Site,
    typed: TargetForm,
    *,
    said: str = "",
    finding: Finding | None = None,
    chosen: tuple[list[str], OnConflict, float] = ([], OnConflict.STOP, PATIENCE),
    status: int = 200,
) -> Response:
    return page(
        request,
        "export.html",
        status=status,
        typed=typed,
        kinds=KINDS,
        choices=CHOICES,
        clients=sorted(site.database.clients()),
        chosen=chosen,
        said=said,
        finding=finding,
        jobs=site.exports.all(),
    )


def _job(request: Request, site: Site, export_id: str, *, said: str = "", status: int = 200) -> Response:
    record = site.exports.get(export_id)
    needs_target = site.exports.needs_target(record)
    return page(
        request,
        "export_job.html",
        status=status,
        job=record,
        typed=form_of(record) if needs_target else None,
        choices=CHOICES,
        said=said,
    )


def _said(error: DatabusError) -> str:
    if isinstance(error, ConfigError):
        return "; ".join(f"{each.path}: {each.reason}" if each.path else each.reason for each in error.problems)
    return str(error)


def _status(error: DatabusError) -> int:
    match error:
        case NotFound():
            return 404
        case ExportRefused():
            return 409
        case _:
            return 400


def _to(export_id: str) -> Response:
    return RedirectResponse("/export/job" + query({"id": export_id}), 303)
