"""passenger.json in the form in which we write it ourselves, read in a fifth of the time.

Whatever is not exactly so, ``passenger_file`` reads or refuses, key by key.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import UNSET, DecodeError, Meta, Struct, UnsetType
from msgspec.json import Decoder

from databus.database.records import Entry, Step
from databus.passenger.attachment import AttachmentFormat
from databus.pqueue.outcome import StepKind
from databus.pqueue.queue_status import QueueStatus

_Moment = Annotated[datetime, Meta(tz=True)]
_Number = Annotated[int, Meta(ge=0, lt=1 << 62)]

_STATUS = {"incomplete": QueueStatus.incomplete, "complete": QueueStatus.complete}


class ListedAttachment(Struct, frozen=True, kw_only=True, gc=False):
    """An attachment as passenger.json lists it; ``file`` is empty where its name says where its content is."""

    name: str
    format: AttachmentFormat
    file: str


class _Step(Struct, kw_only=True, gc=False):
    status: Literal["incomplete", "complete"]
    name: str | UnsetType = UNSET
    attempts: _Number = 0
    last_error: str = ""
    due_on: _Moment | UnsetType = UNSET
    dead: bool = False
    changed_on: _Moment | UnsetType = UNSET


class _Notification(_Step, kw_only=True, gc=False, rename={"module": "puller_module"}):
    module: str


class _Processor(_Step, kw_only=True, gc=False, rename={"module": "processor_module"}):
    module: str


class _Pusher(_Step, kw_only=True, gc=False, rename={"module": "pusher_module"}):
    module: str


class _Attachment(Struct, kw_only=True, gc=False):
    name: str
    format: Literal["text", "binary"]
    file: Literal[""] = ""


class _Passenger(Struct, kw_only=True, gc=False):
    external_id: str
    internal_id: str
    source_system: str
    passenger_module: str
    puller_module: str
    puller_notified: bool
    puller_name: str
    pull_datetime: _Moment
    attachments: list[_Attachment]
    log_guids: tuple[str, ...]
    notify_statuses: list[_Notification]
    processor_statuses: list[_Processor]
    pusher_statuses: list[_Pusher]
    sequence: _Number = 0
    seated_as: tuple[str, str] | UnsetType = UNSET
    completed_on: _Moment | UnsetType = UNSET


_DECODER = Decoder(_Passenger)


class _Unusual(Exception):
    """It is no form of ours."""


def decode_usual(data: bytes, client_id: str) -> tuple[Entry, list[ListedAttachment]] | None:
    """Return the entry of a passenger.json, without attachments, and those that it lists; None if it is unusual."""
    try:
        found = _DECODER.decode(data)
        return _entry(found, client_id), [_listed(each) for each in found.attachments]
    except (DecodeError, UnicodeDecodeError, RecursionError, _Unusual):
        return None  # nested too deeply is a RecursionError


def _entry(found: _Passenger, client_id: str) -> Entry:
    notifications = [_step(StepKind.NOTIFY, each) for each in found.notify_statuses]
    if found.puller_notified != all(step.is_complete for step in notifications):
        raise _Unusual  # a person has changed the one and not the other
    return Entry(
        client_id=client_id,
        passenger_module=found.passenger_module,
        internal_id=found.internal_id,
        source_system=found.source_system,
        external_id=found.external_id,
        seated_as=(found.source_system, found.external_id) if found.seated_as is UNSET else found.seated_as,
        puller_module=found.puller_module,
        puller_name=found.puller_name,
        pull_datetime=_utc(found.pull_datetime),
        steps=(
            *notifications,
            *[_step(StepKind.PROCESS, each) for each in found.processor_statuses],
            *[_step(StepKind.PUSH, each) for each in found.pusher_statuses],
        ),
        log_guids=found.log_guids,
        sequence=found.sequence,
        completed_on=None if found.completed_on is UNSET else _utc(found.completed_on),
    )


def _step(kind: StepKind, found: _Notification | _Processor | _Pusher) -> Step:
    return Step(
        kind=kind,
        module=found.module,
        name=found.module if found.name is UNSET else found.name,
        status=_STATUS[found.status],
        attempts=found.attempts,
        last_error=found.last_error,
        due_on=None if found.due_on is UNSET else _utc(found.due_on),
        dead=found.dead,
        changed_on=None if found.changed_on is UNSET else _utc(found.changed_on),
    )


def _listed(found: _Attachment) -> ListedAttachment:
    return ListedAttachment(name=found.name, format=AttachmentFormat[found.format], file=found.file)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is not UTC:
        raise _Unusual
    return moment
