"""Turning passenger objects into queue entries and back."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, NewEntry, Route, Step, StoredAttachment
from databus.passenger.abstract_passenger import AbstractPassenger, as_uuid, utc_of_pull
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue.outcome import NOTIFY, Changes, StepKind
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pqueue.queued_status import QueuedStatus

if TYPE_CHECKING:  # pydantic models: not needed to import a queue
    from databus.client.config import PluginConfig, RouteConfig


_GUIDS_KEPT = 1000


class Refusal(ValueError):
    """A passenger cannot be seated; the text says why and what its puller must do."""


class Packer:
    """Makes queue entries of what the pullers of a route pulled.

    Args:
        log_guid: The log of the drive.
    """

    def __init__(self, route: Route, config: "RouteConfig", log_guid: str) -> None:
        self._route = route
        self._config = config
        self._log_guid = log_guid
        self._steps: dict[str, tuple[Step, ...]] = {}

    def pack(self, passenger: object, puller: "PluginConfig") -> NewEntry:
        """Return the queue entry of a passenger. Those of one puller share their steps, while they are the same.

        Raises:
            Refusal: It is no passenger, or something that the queue needs is missing.
        """
        if not isinstance(passenger, AbstractPassenger):
            raise Refusal(f"{puller.name} pulled a {type(passenger).__name__}, which is no passenger")
        _check(passenger, _wrong(passenger, self._route))
        identity = (str(passenger.source_system or ""), str(passenger.external_id))
        module = passenger.puller_module
        entry = Entry(
            client_id=self._route.client_id,
            passenger_module=self._route.passenger_module,
            internal_id=str(passenger.internal_id),
            source_system=identity[0],
            external_id=identity[1],
            seated_as=identity,
            puller_module=module,
            puller_name=puller.name if module == puller.module else module,
            pull_datetime=utc_of_pull(passenger),
            steps=self._steps.get(module) or self._steps.setdefault(module, _steps(self._config, module)),
            log_guids=(*map(str, passenger.log_guids), self._log_guid),
        )
        return NewEntry(entry=entry, attachments=list(passenger.attachments))


def _check(passenger: AbstractPassenger, wrong: str) -> None:
    if wrong:
        raise Refusal(f"passenger {passenger.id_text} {wrong}")


def _wrong(passenger: AbstractPassenger, route: Route) -> str:
    """Return what the queue cannot take in a passenger; empty where it takes it."""
    if passenger.external_id in {None, ""}:
        return "has no external_id: set it, it tells passengers of one source apart"
    if not passenger.internal_id:
        return "has no internal_id: leave it to the base class"
    if not passenger.puller_module or not isinstance(passenger.puller_module, str):
        return "has no puller_module: set it to the puller's __name__"
    if passenger.passenger_module != route.passenger_module:
        return f"is a {passenger.passenger_module}, this route is for {route.passenger_module}"
    return _wrong_attachment(passenger.attachments)


def _wrong_attachment(attachments: Sequence[object]) -> str:
    names = set()
    for attachment in attachments:
        if not isinstance(attachment, Attachment) or not isinstance(attachment.format, AttachmentFormat):
            return "has an attachment that is no Attachment, or has no format"
        name: object = attachment.name
        if not isinstance(name, str):
            return f"has an attachment whose name is no text: {name!r}"
        if name in names:
            return (
                f"has two attachments named {name!r} that cannot be told apart: "
                "call Validator.ensure_all_names_are_unique where they are attached"
            )
        names.add(name)
    return ""


def _steps(config: "RouteConfig", puller_module: str) -> tuple[Step, ...]:
    return (
        Step(kind=StepKind.NOTIFY, module=puller_module, name=NOTIFY),
        *(Step(kind=StepKind.PROCESS, module=plugin.module, name=plugin.name) for plugin in config.processors),
        *(Step(kind=StepKind.PUSH, module=plugin.module, name=plugin.name) for plugin in config.pushers),
    )


class Unpacker:
    """Gives the passengers of one route the attributes of their entries."""

    def __init__(self, database: AbstractDatabase) -> None:
        self._database = database
        self._guids: dict[str, UUID | str] = {}

    def unpack(self, entry: Entry, passenger: AbstractPassenger) -> PassengerQueueStatus:
        """Give a new passenger object the attributes of its entry, and return it with its statuses.

        Attachments are not read: each opens its content in the database when it is asked for it.
        """
        passenger.external_id = entry.external_id
        passenger.internal_id = entry.internal_id
        passenger.source_system = entry.source_system
        passenger.puller_module = entry.puller_module
        passenger.pull_datetime = entry.pull_datetime
        passenger.passenger_module = entry.passenger_module
        passenger.attachments = attachments_of(entry, self._database)
        for guid in entry.log_guids:
            passenger.collect_log_guid(self._guids.get(guid) or self._guid(guid))
        return QueuedStatus(passenger, entry.steps)

    def _guid(self, guid: str) -> UUID | str:
        """Return a log's id as passengers have it. Most passengers of a drive have the same: it is read once."""
        if len(self._guids) >= _GUIDS_KEPT:
            self._guids.clear()
        return self._guids.setdefault(guid, as_uuid(guid))


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
    except BaseException:  # noqa: BLE001 - the border to foreign code: what cannot be compared was changed
        return False


def is_set_back(entry: Entry, status: PassengerQueueStatus) -> bool:
    """Give a passenger back what no step may change, ids and the time of pulling; return whether it took them."""
    try:
        passenger = status.passenger
        passenger.internal_id = entry.internal_id
        passenger.puller_module = entry.puller_module
        passenger.passenger_module = entry.passenger_module
        passenger.pull_datetime = entry.pull_datetime
    except BaseException:  # noqa: BLE001 - the border to foreign code: its setters
        return False
    return True


def _are_as_stored(attachments: Sequence[Attachment], stored: Sequence[StoredAttachment]) -> bool:
    if len(attachments) != len(stored):
        return False
    for own, known in zip(attachments, stored, strict=True):  # no list of pairs: every step of everybody comes by here
        if own.stored_as != known.name or own.name != known.name or own.format is not known.format:
            return False
    return True


def changes(entry: Entry, passenger: AbstractPassenger) -> Changes | None:
    """Return what a processor changed in the passenger, or None where it is as the entry says."""
    source_system, external_id = str(passenger.source_system or ""), str(passenger.external_id)
    same_attachments = _are_as_stored(passenger.attachments, entry.attachments)
    if same_attachments and external_id == entry.external_id and source_system == entry.source_system:
        return None
    if not same_attachments:
        _check(passenger, _wrong_attachment(passenger.attachments))
    return Changes(
        source_system=source_system,
        external_id=external_id,
        attachments=None if same_attachments else list(passenger.attachments),
    )
