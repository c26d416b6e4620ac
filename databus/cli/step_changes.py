"""Showing and setting the steps of entries as an operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from databus.cli.failing import Exit, complain
from databus.cli.output import Column, last_part, print_json, say, show
from databus.cli.person import os_user, write_audit
from databus.cli.queue_record import entry_record
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, Step
from databus.errors import NotFound
from databus.pqueue.outcome import Outcome, OutcomeKind
from databus.timestamps import utc_now


class Change(StrEnum):
    """What an operator can make of a step."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    DEAD = "dead"


_RESULTS = {
    Change.COMPLETE: OutcomeKind.COMPLETE,
    Change.INCOMPLETE: OutcomeKind.INCOMPLETE,
    Change.DEAD: OutcomeKind.REJECTED,
}


@dataclass(frozen=True, slots=True)
class _Row:
    entry: Entry
    step: Step


_COLUMNS: list[Column[_Row]] = [
    Column("entry", lambda row: row.entry.external_id),
    Column("kind", lambda row: row.step.kind.value),
    Column("step", lambda row: row.step.name, brief=last_part),
    Column("status", lambda row: "dead" if row.step.dead else row.step.status.name),
    Column("attempts", lambda row: row.step.attempts),
    Column("due", lambda row: row.step.due_on, optional=True),
    Column("last error", lambda row: row.step.last_error.partition("\n")[0], optional=True),
]


def show_steps(entries: Sequence[Entry], names: Sequence[str], *, as_json: bool) -> None:
    """Print the steps of entries."""
    rows = [_Row(entry, step) for entry in entries for step in named_steps(entry, names)]
    show(rows, _COLUMNS, as_json=as_json, record=_record)


def _record(row: _Row) -> dict[str, Any]:
    step = row.step
    return {
        "internal_id": row.entry.internal_id,
        "external_id": row.entry.external_id,
        "kind": step.kind.value,
        "name": step.name,
        "module": step.module,
        "status": step.status.name,
        "attempts": step.attempts,
        "last_error": step.last_error,
        "due_on": step.due_on,
        "dead": step.dead,
        "changed_on": step.changed_on,
    }


def set_steps(
    database: AbstractDatabase, entries: Sequence[Entry], names: Sequence[str], change: Change, *, as_json: bool
) -> int:
    """Set steps, and write into the client's log who did it."""
    log = Log()
    chosen = [(entry, named_steps(entry, names)) for entry in entries]
    outcomes = [_outcome(entry, step, change, log) for entry, steps in chosen for step in steps]
    rejected = {outcome.internal_id for outcome in database.record(outcomes, now=utc_now())}
    done = [(entry, steps) for entry, steps in chosen if entry.internal_id not in rejected]
    sentences = [_sentence(entry, steps, change) for entry, steps in done]
    if sentences:
        write_audit(database, entries[0].client_id, sentences, log=log)
    _tell(database, done, sentences, as_json=as_json)
    for internal_id in sorted(rejected):
        complain(f"{internal_id} is gone; nothing was set")
    return Exit.FAILED if rejected else Exit.DONE


def _tell(
    database: AbstractDatabase, done: Sequence[tuple[Entry, list[Step]]], sentences: Sequence[str], *, as_json: bool
) -> None:
    if not as_json:
        for sentence in sentences:
            say(sentence)
        return
    for entry, _ in done:
        for stored in database.load(entry.client_id, [entry.internal_id]):
            print_json(entry_record(stored))


def named_steps(entry: Entry, names: Sequence[str]) -> list[Step]:
    """Return the steps of an entry that are named; all where no name is given.

    Raises:
        NotFound: The entry has no step of a name; the text names those that it has.
    """
    if not names:
        return list(entry.steps)
    chosen: list[Step] = []
    for name in names:
        steps = [step for step in entry.steps if name in (step.name, f"{step.kind.value}:{step.name}")]
        steps = steps or [step for step in entry.steps if step.name.endswith(f".{name}")]
        if not steps:
            there = ", ".join(step.name for step in entry.steps)
            raise NotFound(f"entry {entry.external_id} has no step {name!r}; it has {there}")
        chosen += [step for step in steps if step not in chosen]
    return chosen


def _outcome(entry: Entry, step: Step, change: Change, log: Log) -> Outcome:
    return Outcome(
        client_id=entry.client_id,
        internal_id=entry.internal_id,
        kind=step.kind,
        name=step.name,
        result=_RESULTS[change],
        at=utc_now(),
        error=f"set dead by {os_user()}" if change is Change.DEAD else "",
        log_guid=str(log.guid),
    )


def _sentence(entry: Entry, steps: Sequence[Step], change: Change) -> str:
    names = ", ".join(step.name for step in steps)
    return f"set {change.value}: {names} of {entry.source_system} - {entry.external_id} ({entry.internal_id})"
