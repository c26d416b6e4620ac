"""Turning passenger objects into queue entries and back."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, NewEntry, Route, Step, StoredAttachment
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue.outcome import NOTIFY, Changes, StepKind
from databus.pqueue.queue_status import PassengerQueueStatus, ProcessorQueueStatus, PusherQueueStatus
from databus.timestamps import as_utc

if TYPE_CHECKING:  # pydantic models: not needed to import a queue
    from databus.client.config import PluginConfig, RouteConfig


class Refusal(ValueError):
    """A passenger cannot be seated; the text says why and what its puller must do."""


def pack(passenger: object, route: Route, config: "RouteConfig", puller: "PluginConfig", log_guid: str) -> NewEntry:
    """Return the queue entry of a pulled passenger.

    Raises:
        Refusal: It is no passenger, or something that the queue needs is missing.
    """
    if not isinstance(passenger, AbstractPassenger):
        raise Refusal(f"{puller.name} pulled a {type(passenger).__name__}, which is no passenger")
    _check(passenger, route)
    identity = (str(passenger.source_system or ""), str(passenger.external_id))
    entry = Entry(
        client_id=route.client_id,
        passenger_module=route.passenger_module,
        internal_id=str(passenger.internal_id),
        source_system=identity[0],
        external_id=identity[1],
        seated_as=identity,
        puller_module=passenger.puller_module,
        puller_name=puller.name if passenger.puller_module == puller.module else passenger.puller_module,
        pull_datetime=as_utc(passenger.pull_datetime),
        steps=_steps(config, passenger.puller_module),
        log_guids=(*(str(guid) for guid in passenger.log_guids), log_guid),
    )
    return NewEntry(entry=entry, attachments=list(passenger.attachments))


def _check(passenger: AbstractPassenger, route: Route) -> None:
    name = passenger.id_text
    if passenger.external_id in {None, ""}:
        raise Refusal(f"passenger {name} has no external_id: set it, it tells passengers of one source apart")
    if not passenger.internal_id:
        raise Refusal(f"passenger {name} has no internal_id: leave it to the base class")
    if not passenger.puller_module or not isinstance(passenger.puller_module, str):
        raise Refusal(f"passenger {name} has no puller_module: set it to the puller's __name__")
    if passenger.passenger_module != route.passenger_module:
        raise Refusal(f"passenger {name} is a {passenger.passenger_module}, this route is for {route.passenger_module}")
    _check_attachments(name, passenger.attachments)


def _check_attachments(passenger: str, attachments: Sequence[object]) -> None:
    names = set()
    for attachment in attachments:
        if not isinstance(attachment, Attachment) or not isinstance(attachment.format, AttachmentFormat):
            raise Refusal(f"passenger {passenger} has an attachment that is no Attachment, or has no format")
        if not isinstance(attachment.name, str):
            raise Refusal(f"passenger {passenger} has an attachment whose name is no text: {attachment.name!r}")
        if attachment.name in names:
            raise Refusal(
                f"passenger {passenger} has two attachments named {attachment.name!r} that cannot be told apart: "
                "call Validator.ensure_all_names_are_unique in its puller"
            )
        names.add(attachment.name)


def _steps(config: "RouteConfig", puller_module: str) -> tuple[Step, ...]:
    return (
        Step(kind=StepKind.NOTIFY, module=puller_module, name=NOTIFY),
        *(Step(kind=StepKind.PROCESS, module=plugin.module, name=plugin.name) for plugin in config.processors),
        *(Step(kind=StepKind.PUSH, module=plugin.module, name=plugin.name) for plugin in config.pushers),
    )


def unpack(entry: Entry, passenger: AbstractPassenger, database: AbstractDatabase) -> PassengerQueueStatus:
    """Give a new passenger object the attributes of its entry, and return it with its statuses.

    Attachments are not read: each opens its content in the database when it is asked for it.
    """
    passenger.external_id = entry.external_id
    passenger.internal_id = entry.internal_id
    passenger.source_system = entry.source_system
    passenger.puller_module = entry.puller_module
    passenger.pull_datetime = entry.pull_datetime
    passenger.passenger_module = entry.passenger_module
    passenger.attachments = attachments_of(entry, database)
    for guid in entry.log_guids:
        passenger.collect_log_guid(guid)
    return PassengerQueueStatus(
        passenger,
        [PusherQueueStatus(step.module, step.status, name=step.name) for step in _of(entry, StepKind.PUSH)],
        [ProcessorQueueStatus(step.module, step.status, name=step.name) for step in _of(entry, StepKind.PROCESS)],
        entry.puller_notified,
    )


def _of(entry: Entry, kind: StepKind) -> list[Step]:
    return [step for step in entry.steps if step.kind is kind]


def attachments_of(entry: Entry, database: AbstractDatabase) -> list[Attachment]:
    """Return the attachments of an entry; each opens its content in the database when it is asked for it."""
    return [_attachment(entry, stored, database) for stored in entry.attachments]


def _attachment(entry: Entry, stored: StoredAttachment, database: AbstractDatabase) -> Attachment:
    opener = partial(database.open_attachment, entry.client_id, entry.internal_id, stored.name)
    attachment = Attachment.from_stream(stored.name, opener, format=stored.format, size=stored.size)
    attachment.stored_as = stored.name
    return attachment


def is_as_stored(entry: Entry, status: PassengerQueueStatus) -> bool:
    """Whether plug-ins left ids and attachments of a passenger as its entry says."""
    try:
        return changes(entry, status.passenger) is None
    except Exception:  # noqa: BLE001 - the border to foreign code: what cannot be compared was changed
        return False


def changes(entry: Entry, passenger: AbstractPassenger) -> Changes | None:
    """Return what a processor changed in the passenger, or None where it is as the entry says."""
    source_system, external_id = str(passenger.source_system or ""), str(passenger.external_id)
    same_attachments = [(a.name, a.format, a.stored_as) for a in passenger.attachments] == [
        (stored.name, stored.format, stored.name) for stored in entry.attachments
    ]
    if same_attachments and (source_system, external_id) == (entry.source_system, entry.external_id):
        return None
    if not same_attachments:
        _check_attachments(passenger.id_text, passenger.attachments)
    return Changes(
        source_system=source_system,
        external_id=external_id,
        attachments=None if same_attachments else list(passenger.attachments),
    )
