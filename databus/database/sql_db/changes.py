"""What changed in many entries, put together so that few statements store it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from databus.database.records import Entry, Step
from databus.database.sql_db.bulk import Columns
from databus.database.sql_db.entry_rows import STATUS
from databus.pqueue.outcome import StepKind

Steps = tuple[Step, ...]

_StepChange = tuple[StepKind, dict[str, Any]]
"""A step's kind, its position and what is new in its row."""

_MANY = 16
"""From so many rows on that change alike, a statement of their own costs less than a share in one for all."""


class Changes:
    """Collects what is new in rows of one table."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, ...], dict[tuple[Any, ...], list[int]]] = {}

    def add(self, ids: Sequence[int], changed: dict[str, Any]) -> None:
        """Add what is new in the rows of these ids."""
        alike = self._ids.setdefault(tuple(changed), {})
        alike.setdefault(tuple(changed.values()), []).extend(ids)

    def rows(self, name: str) -> Iterator[Columns]:
        """Yield the rows in sets that change in the same columns, and mostly alike.

        Args:
            name: The column of the ids.
        """
        for names, alike in self._ids.items():
            groups = list(alike.items())
            if len(groups) * _MANY > sum([len(ids) for _, ids in groups]):
                yield _columns(name, names, groups)
            else:
                yield from (_columns(name, names, [group]) for group in groups)


def _columns(name: str, names: Sequence[str], groups: Sequence[tuple[tuple[Any, ...], list[int]]]) -> Columns:
    columns: dict[str, list[Any]] = {name: [], **{each: [] for each in names}}
    for values, ids in groups:
        columns[name] += ids
        for each, value in zip(names, values, strict=True):
            columns[each] += [value] * len(ids)
    return columns


class Case(NamedTuple):
    """An entry before and after a change, and the ids of all entries of its route whose rows change as its own do."""

    before: Entry
    after: Entry
    ids: list[int]


def cases_of(pairs: Iterable[tuple[Entry, Entry]]) -> list[Case]:
    """Put together the entries, before and after a change, that have it in common.

    Steps and times that they share are the same objects: to compare them would cost more than a few cases too many.
    Alone stays whose change writes what is its own: other ids than before, or its pull time, from which the life span
    of one counts again that is complete no longer.
    """
    found: dict[Any, Case] = {}
    for before, after in pairs:
        done, was_done = after.completed_on, before.completed_on
        has_own_ids = before.external_id != after.external_id or before.source_system != after.source_system
        if has_own_ids or (done is None and was_done is not None):
            found[after.sequence] = Case(before, after, [after.sequence])
            continue
        logs = None if after.log_guids is before.log_guids else (before.log_guids, after.log_guids)
        key = (
            before.client_id, before.passenger_module, id(before.steps), id(after.steps), id(was_done), id(done), logs
        )  # fmt: skip
        case = found.get(key)
        if case is None:
            case = found[key] = Case(before, after, [])
        case.ids.append(after.sequence)
    return list(found.values())


def step_changes(cases: Iterable[Case]) -> tuple[list[tuple[StepKind, Columns]], list[int]]:
    """Return the rows of steps that change, and the ids of entries that have other steps than before.

    Rows that come together are of one kind and change in the same columns; there are none of those entries.
    """
    found = {kind: Changes() for kind in StepKind}
    others: list[int] = []
    for before, after, ids in cases:
        changes = _changes(before.steps, after.steps)
        if changes is None:
            others += ids
            continue
        for kind, changed in changes:
            found[kind].add(ids, changed)
    return [(kind, columns) for kind, own in found.items() for columns in own.rows("queue_id")], others


def _changes(before: Steps, after: Steps) -> list[_StepChange] | None:
    """Return what is new in steps; None where they are other steps than before."""
    if len(before) != len(after):
        return None
    changes: list[_StepChange] = []
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        if old is new:
            continue
        if (old.kind, old.name, old.module) != (new.kind, new.name, new.module):
            return None
        changed = _changed(old, new)
        if changed:
            position = [step.kind for step in after[:index]].count(new.kind)
            changes.append((new.kind, {"position": position, **changed}))
    return changes


def _changed(old: Step, new: Step) -> dict[str, Any]:
    """Return the columns of a step in which it differs; written out, because every failure comes by here."""
    changed: dict[str, Any] = {}
    if old.status is not new.status:
        changed["status"] = STATUS[new.status]
    if old.attempts != new.attempts:
        changed["attempts"] = new.attempts
    if old.last_error != new.last_error:
        changed["last_error"] = new.last_error
    if old.due_on != new.due_on:
        changed["due_on"] = new.due_on
    if old.dead is not new.dead:
        changed["dead"] = new.dead
    if old.changed_on != new.changed_on:
        changed["changed_on"] = new.changed_on
    return changed
