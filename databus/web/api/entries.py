"""Queue entries as the API shows them: the objects of ``databus queue --json``."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from databus.database.records import Entry, State
from databus.operating.entry_record import entry_record
from databus.operating.waiting import Surroundings
from databus.web.api.sound import sound

_STEP: dict[str, Any] = {
    "module": "databus.pusher.demo.demo_pusher_1",
    "status": "complete",
    "attempts": 2,
    "last_error": "",
    "due_on": "2026-11-25T09:31:00Z",
    "name": "databus.pusher.demo.demo_pusher_1",
    "dead": False,
    "changed_on": "2026-11-25T09:30:00Z",
}

EXAMPLE: dict[str, Any] = {
    "external_id": "order-17",
    "internal_id": "5f1c9a4e-7f0e-4c55-8a8c-3f3c5a0f2b11",
    "source_system": "shop",
    "passenger_module": "databus.passenger.document",
    "puller_module": "databus.puller.api",
    "puller_notified": True,
    "pull_datetime": "2026-11-25T09:29:59Z",
    "state": "complete",
    "processor_statuses": [],
    "pusher_statuses": [_STEP],
    "attachments": [{"name": "order.xml", "format": "text", "size": 2048}],
    "log_guids": ["9d3b6e6e-0b1b-4b0e-9a0e-6a4c1f6f3f10"],
    "client": "demo",
    "puller": "databus.puller.api",
    "notification_statuses": [],
    "sequence": 42,
    "completed_on": "2026-11-25T09:30:00Z",
    "why": "it is complete; it is deleted when its life span is over",
}


class StepStatus(BaseModel):
    """How far a step of a passenger is."""

    module: str = Field(description="Module of its plug-in.")
    status: str = Field(description="incomplete or complete.")
    attempts: int = Field(description="How often it was tried since the passenger was seated or the step was set back.")
    last_error: str = Field(description="Of the last attempt; empty after a success.")
    due_on: datetime | None = Field(description="Not tried again before; null: at the next drive.")
    name: str = Field(description="Name of the step.")
    dead: bool = Field(description="Not tried again until an operator sets it back.")
    changed_on: datetime | None = Field(description="When its last outcome happened.")


class AttachmentInfo(BaseModel):
    """An attachment without its content."""

    name: str = Field(description="Its name.")
    format: str = Field(description="text or binary.")
    size: int = Field(description="Bytes.")


class QueueEntry(BaseModel):
    """One passenger in the queue."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    external_id: str = Field(description="Its id in the source system.")
    internal_id: str = Field(description="Databus's own id.")
    source_system: str = Field(description="Where it comes from.")
    passenger_module: str = Field(description="The route.")
    puller_module: str = Field(description="Module of the puller; databus.puller.api where the API seated it.")
    puller_notified: bool = Field(description="Whether the puller was told that it is seated.")
    pull_datetime: datetime = Field(description="When it was pulled.")
    state: State = Field(description="Its state now.")
    processor_statuses: list[StepStatus] = Field(description="Its processors, in their order.")
    pusher_statuses: list[StepStatus] = Field(description="Its pushers.")
    attachments: list[AttachmentInfo] = Field(description="Its attachments.")
    log_guids: list[str] = Field(description="The logs that tell of it.")
    client: str = Field(description="The client.")
    puller: str = Field(description="Name of the puller.")
    notification_statuses: list[StepStatus] = Field(description="The puller's notification.")
    sequence: int = Field(description="Grows with the order of seating.")
    completed_on: datetime | None = Field(description="When the last step was completed.")
    why: str = Field(description="Why it is where it is.")


def shown(entry: Entry, surroundings: Surroundings, *, now: datetime) -> QueueEntry:
    """Return an entry as the API shows it."""
    return QueueEntry.model_validate(sound(entry_record(entry, surroundings, now=now)))
