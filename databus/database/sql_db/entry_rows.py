"""Queue entries as rows; ``entry_reading`` has the way back."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

import orjson
from sqlalchemy import ColumnElement, Connection, Row, and_, func, literal, select
from sqlalchemy import Table as SqlTable

from databus import batches
from databus.database import steps
from databus.database.records import Entry, State, Step
from databus.database.sql_db import exact_text
from databus.database.sql_db.bulk import Columns, as_columns
from databus.database.sql_db.tables import Tables
from databus.database.transitions import Transitions
from databus.pqueue.outcome import StepKind
from databus.pqueue.queue_status import QueueStatus

T = TypeVar("T")

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

EARLIEST_STORED = datetime(1000, 1, 1, tzinfo=UTC)
"""What stands for "at once": the earliest time that every server knows."""

TOGETHER = 500
"""Ids that one statement names: SQL Server takes no more than 2,100 parameters."""

STATUS = {QueueStatus.complete: "complete", QueueStatus.incomplete: "incomplete"}

_STEP_VALUES: dict[str, Callable[[Step], Any]] = {
    "module": attrgetter("module"),
    "name": attrgetter("name"),
    "status": lambda step: STATUS[step.status],
    "attempts": attrgetter("attempts"),
    "last_error": attrgetter("last_error"),
    "due_on": attrgetter("due_on"),
    "dead": attrgetter("dead"),
    "changed_on": attrgetter("changed_on"),
}
"""What stands in a step's row."""


def step_tables(tables: Tables) -> dict[StepKind, SqlTable]:
    """Return where the steps of each kind are, in their order."""
    return {
        StepKind.NOTIFY: tables.queue_notification,
        StepKind.PROCESS: tables.queue_processor,
        StepKind.PUSH: tables.queue_pusher,
    }


def batched(items: Iterable[T]) -> Iterator[list[T]]:
    """Return the items in lists of what one statement names."""
    return batches.batched(items, TOGETHER)


def dumps(value: Any) -> str:
    """Return a value as JSON text in which every text is kept."""
    return orjson.dumps(_written(value)).decode()


def loads(text: str) -> Any:
    """Return the value that ``dumps`` was given."""
    return _read(orjson.loads(text))


def _written(value: Any) -> Any:
    if isinstance(value, str):
        return exact_text.write(value)
    if isinstance(value, Mapping):
        return {name: _written(each) for name, each in value.items()}
    return [_written(each) for each in value]


def _read(value: Any) -> Any:
    if isinstance(value, str):
        return exact_text.read(value)
    if isinstance(value, dict):
        return {name: _read(each) for name, each in value.items()}
    return [_read(each) for each in value]


def full_names(**names: str) -> str | None:
    """Return as JSON those of the names that are too long for their columns; None where there are none."""
    cut = {column: name for column, name in names.items() if exact_text.is_cut(name)}
    return dumps(cut) if cut else None


def full_name(row: AnyRow, column: str) -> str:
    """Return a name of a row, whole."""
    found: str = getattr(row, column)
    if row.full_names is None or not exact_text.is_cut_key(found):
        return found
    whole: str = loads(row.full_names)[column]
    return whole


def changed_values(before: Entry, after: Entry, transitions: Transitions) -> dict[str, Any]:
    """Return the columns of an entry's row in the queue that differ; ``was`` is its state before, where that does."""
    changed: dict[str, Any] = {}
    old, new = transitions.state_and_due(before), transitions.state_and_due(after)
    if old != new:
        changed.update(_state_values(*new))
        if old[0] is not new[0]:
            changed["was"] = old[0].value
        else:
            del changed["state"]
    if before.completed_on != after.completed_on:
        changed["settled_on"], changed["completed_on"] = after.settled_on, after.completed_on
    if before.log_guids != after.log_guids:
        changed["log_guids"] = dumps(after.log_guids)
    if before.external_id != after.external_id or before.source_system != after.source_system:
        changed.update(_id_values(after))
    return changed


def _state_values(state: State, due: datetime | None) -> dict[str, Any]:
    return {"state": state.value, "runnable": due is not None, "due_on": _due(due)}


def _due(due: datetime | None) -> datetime | None:
    return EARLIEST_STORED if due == steps.AT_ONCE else due


def _id_values(entry: Entry) -> dict[str, Any]:
    return {
        "source_system": entry.source_system,
        "external_id": entry.external_id,
        "external_folded": entry.external_id.casefold(),
        "seated_as": _seated_as(entry),
    }


def _seated_as(entry: Entry) -> str | None:
    ids = (entry.source_system, entry.external_id)
    return None if entry.seated_as == ids else dumps(entry.seated_as)


def queue_columns(entries: Sequence[Entry], identities: Sequence[bytes], transitions: Transitions) -> Columns:
    """Return the rows of entries in the queue."""
    one_of_each = {id(entry.steps): entry for entry in entries}
    shown = {key: _state_values(*transitions.state_and_due(entry)) for key, entry in one_of_each.items()}
    states = [shown[id(entry.steps)] for entry in entries]
    guids = {entry.log_guids: "" for entry in entries}
    guids.update((each, dumps(each)) for each in guids)
    return {
        "id": [entry.sequence for entry in entries],
        "client_id": [entry.client_id for entry in entries],
        "passenger_module": [entry.passenger_module for entry in entries],
        "internal_id": [entry.internal_id for entry in entries],
        "internal_folded": [entry.internal_id.casefold() for entry in entries],
        "identity": identities,
        "puller_module": [entry.puller_module for entry in entries],
        "puller_name": [entry.puller_name for entry in entries],
        "pull_datetime": [entry.pull_datetime for entry in entries],
        "full_names": _full_names(entries),
        "source_system": [entry.source_system for entry in entries],
        "external_id": [entry.external_id for entry in entries],
        "external_folded": [entry.external_id.casefold() for entry in entries],
        "seated_as": [_seated_as(entry) for entry in entries],
        **as_columns(states),
        "settled_on": [entry.settled_on for entry in entries],
        "completed_on": [entry.completed_on for entry in entries],
        "log_guids": [guids[entry.log_guids] for entry in entries],
    }


def _full_names(entries: Sequence[Entry]) -> list[str | None]:
    shared = {name for each in entries for name in (each.client_id, each.passenger_module)}
    if exact_text.are_kept([*shared, *[each.internal_id for each in entries]]):
        return [None] * len(entries)  # nearly always so
    return [
        full_names(client_id=each.client_id, passenger_module=each.passenger_module, internal_id=each.internal_id)
        for each in entries
    ]


def step_columns(entries: Sequence[Entry]) -> Iterator[tuple[StepKind, Columns]]:
    """Yield the rows of the steps of entries, those of one kind and position together."""
    places: dict[tuple[StepKind, int], list[tuple[Step, list[int]]]] = {}
    for shared, numbers in sharing(entries):
        positions: Counter[StepKind] = Counter()
        for step in shared:
            places.setdefault((step.kind, positions[step.kind]), []).append((step, numbers))
            positions[step.kind] += 1
    for (kind, position), found in places.items():
        yield kind, _step_rows(position, found)


def sharing(entries: Sequence[Entry]) -> Iterable[tuple[tuple[Step, ...], list[int]]]:
    """Return each tuple of steps with the ids of the entries that share it."""
    sharing: dict[int, tuple[tuple[Step, ...], list[int]]] = {}
    for entry in entries:
        sharing.setdefault(id(entry.steps), (entry.steps, []))[1].append(entry.sequence)
    return sharing.values()


def _step_rows(position: int, found: Sequence[tuple[Step, list[int]]]) -> Columns:
    """Return the rows of steps, each with the ids of the entries that share it."""
    columns: dict[str, list[Any]]
    if len(found) == 1:  # as it is where passengers have just been pulled
        step, ids = found[0]
        columns = {name: [value_of(step)] * len(ids) for name, value_of in _STEP_VALUES.items()}
    else:
        ids = [queue_id for _, own in found for queue_id in own]
        steps = [step for step, own in found for _ in own]
        columns = {name: list(map(value_of, steps)) for name, value_of in _STEP_VALUES.items()}
    return {"queue_id": ids, "position": [position] * len(ids), **columns}


def has_internal_ids(queue: SqlTable, internal_ids: Sequence[str]) -> "ColumnElement[bool]":
    """Return the condition that an entry has one of these internal ids."""
    # Two lists of columns of one index would be walked through crosswise; of a coalesce, no index knows.
    exactly = func.coalesce(queue.c.internal_id, literal("", queue.c.internal_id.type)).in_(internal_ids)
    return and_(queue.c.internal_folded.in_([each.casefold() for each in internal_ids]), exactly)


def leased_ids(connection: Connection, lease: SqlTable, now: datetime) -> list[int]:
    """Return the ids of all entries that drives work on now: a window of each drive."""
    return list(connection.execute(select(lease.c.queue_id).where(lease.c.until > now)).scalars())
