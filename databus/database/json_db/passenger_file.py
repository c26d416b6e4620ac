"""passenger.json: a queue entry as a file, as Databus 8 writes it, with keys of our own added."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from databus.database.json_db.fields import Fields
from databus.database.json_db.json_text import dumps, loads
from databus.database.json_db.safe_names import is_plain
from databus.database.json_db.trouble import Damaged
from databus.database.json_db.usual_form import ListedAttachment, decode_usual
from databus.database.records import Entry, Step
from databus.passenger.attachment import AttachmentFormat
from databus.pqueue.outcome import NOTIFY, StepKind
from databus.pqueue.queue_status import QueueStatus

_MODULE_KEY = {
    StepKind.NOTIFY: "puller_module",
    StepKind.PROCESS: "processor_module",
    StepKind.PUSH: "pusher_module",
}
_STATUS = {False: QueueStatus.incomplete.name, True: QueueStatus.complete.name}


class Encoder:
    """Makes the content of passenger.json; what the entries of a call share of their steps is worked out once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[tuple[Step, ...], _StepsOut]] = {}

    def encode(self, entry: Entry, files: Mapping[str, str]) -> bytes:
        """Return the content of passenger.json."""
        known = self._known.get(id(entry.steps))
        if known is None:
            known = self._known[id(entry.steps)] = entry.steps, _steps_out(entry)
        steps = known[1]
        data: dict[str, Any] = {
            "external_id": entry.external_id,
            "internal_id": entry.internal_id,
            "source_system": entry.source_system,
            "passenger_module": entry.passenger_module,
            "puller_module": entry.puller_module,
            "puller_notified": steps.puller_notified,
            "pull_datetime": entry.pull_datetime,
            "attachments": _attachments_out(entry, files),
            "log_guids": entry.log_guids,
            "processor_statuses": steps.of_kind[StepKind.PROCESS],
            "pusher_statuses": steps.of_kind[StepKind.PUSH],
            "notify_statuses": steps.of_kind[StepKind.NOTIFY],
            "puller_name": entry.puller_name,
            "sequence": entry.sequence,
        }
        if entry.seated_as != (entry.source_system, entry.external_id):
            data["seated_as"] = entry.seated_as
        if entry.completed_on is not None:
            data["completed_on"] = entry.completed_on
        return dumps(data, indent=True)


class _StepsOut(NamedTuple):
    puller_notified: bool
    of_kind: Mapping[StepKind, list[dict[str, Any]]]


def _steps_out(entry: Entry) -> _StepsOut:
    of_kind: dict[StepKind, list[dict[str, Any]]] = {kind: [] for kind in _MODULE_KEY}
    for step in entry.steps:
        of_kind[step.kind].append(_step_out(step))
    return _StepsOut(entry.puller_notified, of_kind)


def _attachments_out(entry: Entry, files: Mapping[str, str]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    for each in entry.attachments:
        item = {"name": each.name, "format": each.format.name, "size": each.size}
        if each.name in files:
            item["file"] = files[each.name]
        listed.append(item)
    return listed


def _step_out(step: Step) -> dict[str, Any]:
    item: dict[str, Any] = {_MODULE_KEY[step.kind]: step.module, "status": _STATUS[step.is_complete]}
    if step.name != step.module:
        item["name"] = step.name
    if step.attempts:
        item["attempts"] = step.attempts
    if step.last_error:
        item["last_error"] = step.last_error
    if step.due_on is not None:
        item["due_on"] = step.due_on
    if step.dead:
        item["dead"] = True
    if step.changed_on is not None:
        item["changed_on"] = step.changed_on
    return item


def decode(data: bytes, client_id: str) -> tuple[Entry, list[ListedAttachment]]:
    """Return the entry of a passenger.json, without attachments, and the attachments that it lists.

    Raises:
        Damaged: It is no passenger.json.
    """
    usual = decode_usual(data, client_id)
    if usual is not None:
        return usual
    try:
        value = loads(data)
    except ValueError as error:
        raise Damaged(f"passenger.json is no JSON: {error}") from error
    fields = Fields(value, "passenger.json")
    return _entry_in(fields, client_id), [_attachment_in(item) for item in fields.objects("attachments")]


def _entry_in(fields: Fields, client_id: str) -> Entry:
    external_id, source_system = fields.text("external_id"), fields.text("source_system", "")
    puller_module = fields.text("puller_module", "")
    return Entry(
        client_id=client_id,
        passenger_module=fields.text("passenger_module"),
        internal_id=fields.text("internal_id"),
        source_system=source_system,
        external_id=external_id,
        seated_as=fields.pair("seated_as") or (source_system, external_id),
        puller_module=puller_module,
        puller_name=fields.text("puller_name", puller_module),
        pull_datetime=fields.moment("pull_datetime"),
        steps=(
            *_notify_in(fields, puller_module),
            *(_step_in(StepKind.PROCESS, item) for item in fields.objects("processor_statuses")),
            *(_step_in(StepKind.PUSH, item) for item in fields.objects("pusher_statuses")),
        ),
        log_guids=fields.texts("log_guids"),
        sequence=fields.number("sequence", 0),
        completed_on=fields.moment_or_none("completed_on"),
    )


def _notify_in(fields: Fields, puller_module: str) -> list[Step]:
    """Return the notification's steps; a ``puller_notified`` that a person has changed is what counts."""
    notified = fields.flag("puller_notified")
    status = QueueStatus.complete if notified else QueueStatus.incomplete
    if "notify_statuses" not in fields:
        return [Step(kind=StepKind.NOTIFY, module=puller_module, name=NOTIFY, status=status)]
    steps = [_step_in(StepKind.NOTIFY, item) for item in fields.objects("notify_statuses")]
    if notified == all(step.is_complete for step in steps):
        return steps
    return [Step(kind=step.kind, module=step.module, name=step.name, status=status) for step in steps]


def _step_in(kind: StepKind, fields: Fields) -> Step:
    module = fields.text(_MODULE_KEY[kind])
    status = fields.text("status")
    if status not in QueueStatus.__members__:
        raise Damaged(f"{fields.place}: status {status!r} is none of incomplete, complete")
    return Step(
        kind=kind,
        module=module,
        name=fields.text("name", module),
        status=QueueStatus.complete if status == QueueStatus.complete.name else QueueStatus.incomplete,
        attempts=fields.number("attempts", 0),
        last_error=fields.text("last_error", ""),
        due_on=fields.moment_or_none("due_on"),
        dead=fields.flag("dead"),
        changed_on=fields.moment_or_none("changed_on"),
    )


def _attachment_in(fields: Fields) -> ListedAttachment:
    kind, file = fields.text("format"), fields.text("file", "")
    if kind not in AttachmentFormat.__members__:
        raise Damaged(f"{fields.place}: format {kind!r} is none of text, binary")
    if file and not is_plain(file):
        raise Damaged(f"{fields.place}: file {file!r} is no name of a file")
    return ListedAttachment(name=fields.text("name"), format=AttachmentFormat[kind], file=file)


def pulled_first(entry: Entry) -> tuple[datetime, str]:
    """Sort key of entries that were never given a sequence."""
    return entry.pull_datetime, entry.internal_id
