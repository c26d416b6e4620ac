"""What of a record counts, in one form for all engines, and its digest.

Sequences, leases and versions are an engine's own affair and do not count; the order of entries counts, beside them.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson
from msgspec.structs import replace

from databus.database.records import Document, Entry, LogHead, LogLine, Step

_RECORD = msgspec.json.Encoder()


def entry_digests(entry: Entry) -> tuple[bytes, bytes]:
    """Return the digests of the whole record of an entry and of its fixed part."""
    if not _is_in_utc(entry):
        entry = _in_utc(entry)
    fixed = hashlib.sha256(_encoded(_fixed_part(entry)))
    record = fixed.copy()
    record.update(_encoded(_changing_part(entry)))
    return record.digest(), fixed.digest()


def _fixed_part(entry: Entry) -> tuple[Any, ...]:
    """Return what never changes after seating."""
    return (
        entry.client_id,
        entry.passenger_module,
        entry.internal_id,
        entry.seated_as,
        entry.puller_module,
        entry.puller_name,
        entry.pull_datetime,
        [(step.kind, step.module, step.name) for step in entry.steps],
    )


def _changing_part(entry: Entry) -> tuple[Any, ...]:
    """Return what outcomes change: everything else of an entry, but the contents of its attachments."""
    return (
        entry.source_system,
        entry.external_id,
        entry.steps,
        [(each.name, each.format.name, each.size) for each in entry.attachments],
        entry.log_guids,
        entry.completed_on,
    )


def _encoded(part: tuple[Any, ...]) -> bytes:
    """Return the one JSON text of a part of a record: steps with all their fields, times in UTC."""
    try:
        return _RECORD.encode(part)
    except UnicodeEncodeError:  # lone surrogates, which msgspec refuses: what has some always takes this way
        return canonical_json(msgspec.to_builtins(part))


def _is_in_utc(entry: Entry) -> bool:
    """Whether all times are as the contract wants them; so they are but for an engine that takes it lightly."""
    completed = entry.completed_on
    if entry.pull_datetime.tzinfo is not UTC or (completed is not None and completed.tzinfo is not UTC):
        return False
    for step in entry.steps:  # one by one, and not through a list or a generator: this runs for every entry
        due, changed = step.due_on, step.changed_on
        if (changed is not None and changed.tzinfo is not UTC) or (due is not None and due.tzinfo is not UTC):
            return False
    return True


def _in_utc(entry: Entry) -> Entry:
    return replace(
        entry,
        pull_datetime=entry.pull_datetime.astimezone(UTC),
        completed_on=_shifted(entry.completed_on),
        steps=tuple(map(_step_in_utc, entry.steps)),
    )


def _step_in_utc(step: Step) -> Step:
    return replace(step, due_on=_shifted(step.due_on), changed_on=_shifted(step.changed_on))


def _shifted(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC)


def digest(value: object) -> bytes:
    """Return the SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(value)).digest()


def canonical_json(value: object) -> bytes:
    """Return the one JSON text of a value: sorted keys, no blanks, characters as they are."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # lone surrogates, which orjson refuses: what has some always takes this way
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode(errors="surrogatepass")


def log_head(head: LogHead) -> tuple[Any, ...]:
    """Return what of a log's head never changes."""
    return head.client_id, head.guid, moment(head.created_on), head.passenger_module


def log_digest(lines: Iterable[LogLine]) -> tuple[int, bytes]:
    """Return how many lines these are, and a digest of them."""
    count, hashed = 0, hashlib.sha256()
    for line in lines:
        values = (moment(line.timestamp), line.type.name, line.source, line.message)
        hashed.update(canonical_json(values) + b"\n")
        count += 1
    return count, hashed.digest()


def version_record(document: Document) -> dict[str, Any]:
    """Return everything of one version of a document but the name that an engine gave it."""
    return {
        "saved_on": moment(document.saved_on),
        "saved_by": document.saved_by,
        "size": len(document.content),
        "sha256": hashlib.sha256(document.content).hexdigest(),
    }


def moment(time: datetime | None) -> str | None:
    """Return a time in UTC, always with microseconds."""
    if time is None:
        return None
    return (time if time.tzinfo is UTC else time.astimezone(UTC)).isoformat(timespec="microseconds")
