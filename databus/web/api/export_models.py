"""How the API shows exports."""

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from databus.database.export.conflicts import OnConflict
from databus.operating.export_records import ExportRecord, ExportState
from databus.operating.exports import Exports
from databus.web.api.sound import sound

_EXAMPLE: Final[dict[str, Any]] = {
    "id": "1f0e5c5a4b7d4f6c",
    "state": "running",
    "clients": ["acme"],
    "target": "postgresql://databus@db.example.org/databus (schema databus)",
    "on_conflict": "stop",
    "by": "rob of root",
    "began": "2026-11-25T08:00:00Z",
    "changed": "2026-11-25T08:01:00Z",
    "is_pausing": False,
    "needs_target": False,
    "progress": {"client": "acme", "what": "entries", "done": 1204, "total": 50000},
    "error": "",
    "conflicts": [],
    "conflict_count": 0,
    "results": [],
    "sha256": "",
}


class Step(BaseModel):
    """How far an export is."""

    client: str = Field(description="The client that it is at.")
    what: str = Field(description="What it is doing.")
    done: int = Field(description="How many of these are done.")
    total: int = Field(description="Of how many; 0 where that is not known.")


class ExportedClient(BaseModel):
    """What was verified of a client."""

    client: str = Field(description="Its id.")
    entries: int = Field(description="Entries that are the same on both sides.")
    logs: int = Field(description="Logs, likewise.")
    documents: int = Field(description="Documents, likewise.")
    written: int = Field(description="Entries that are new in the target.")
    updated: int = Field(description="Entries that were brought up to date there.")
    skipped: int = Field(description="What differs and was left as it is.")
    out_of_order: int = Field(description="Entries that stand at another place in the target's order.")
    extra: int = Field(description="What only the target has; it stays.")
    attachment_bytes: int = Field(description="Of all verified attachments.")


class Export(BaseModel):
    """An export."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    state: ExportState = Field(description="Where it is; all but a running one can be taken up.")
    clients: list[str] = Field(description="Which clients; empty for all.")
    target: str = Field(description="Where to, without secrets.")
    on_conflict: OnConflict = Field(description="What becomes of what the target has of its own.")
    by: str = Field(description="Who has begun it, or taken it up last.")
    began: datetime = Field(description="When.")
    changed: datetime = Field(description="When it last told of itself.")
    is_pausing: bool = Field(description="Whether it pauses after what it is at.")
    needs_target: bool = Field(description="Whether the target must be given again to take it up.")
    progress: Step | None = Field(description="How far it is, or was.")
    error: str = Field(description="Why it ended before its end.")
    conflicts: list[str] = Field(description="What the target has of its own: the first ones.")
    conflict_count: int = Field(description="How many of these there are.")
    results: list[ExportedClient] = Field(description="What was verified.")
    sha256: str = Field(description="Of the manifest; empty where there is none.")


class ExportList(BaseModel):
    """The exports that are remembered."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"exports": [_EXAMPLE]}]})

    exports: list[Export] = Field(description="Newest first.")


def export_of(exports: Exports, record: ExportRecord) -> Export:
    """Return an export as the API shows it."""
    at = record.progress
    return Export(
        id=record.id,
        state=record.state,
        clients=sound(list(record.clients)),
        target=sound(record.target),
        on_conflict=record.on_conflict,
        by=sound(record.by),
        began=record.began,
        changed=record.changed,
        is_pausing=record.is_running and record.pause_wanted,
        needs_target=exports.needs_target(record),
        progress=Step(client=sound(at.client_id), what=at.what, done=at.done, total=at.total) if at else None,
        error=sound(record.error),
        conflicts=sound(list(record.conflicts)),
        conflict_count=record.conflict_count,
        results=[
            ExportedClient(
                client=sound(each.client_id),
                entries=each.entries,
                logs=each.logs,
                documents=each.documents,
                written=each.written,
                updated=each.updated,
                skipped=each.skipped,
                out_of_order=each.out_of_order,
                extra=each.extra,
                attachment_bytes=each.attachment_bytes,
            )
            for each in record.results
        ],
        sha256=record.sha256,
    )
