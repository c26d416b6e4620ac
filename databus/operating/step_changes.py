"""Setting the steps of entries as an operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, Step
from databus.database.steps import apply
from databus.errors import NotFound
from databus.operating.audit import Person, write_audit
from databus.pqueue.outcome import Outcome, OutcomeKind
from databus.timestamps import utc_now


class Change(StrEnum):
    """What an operator can make of a step."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    DEAD = "dead"


SET_DEAD = "set dead by "
"""Begins the error of a step that an operator gave up; the error that it had before stands below."""

_RESULTS = {
    Change.COMPLETE: OutcomeKind.COMPLETE,
    Change.INCOMPLETE: OutcomeKind.INCOMPLETE,
    Change.DEAD: OutcomeKind.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Changed:
    """What was set.

    Attributes:
        entries: Those that were there, as they were before.
        after: The same ones, as the change has left them.
        sentences: What was done to each of them.
        gone: Internal ids of those that were not there any more.
        untouched: Those of which no step was left to be set.
    """

    entries: list[Entry]
    after: list[Entry]
    sentences: list[str]
    gone: list[str]
    untouched: list[Entry]


def change_steps(
    database: AbstractDatabase, chosen: Sequence[tuple[Entry, Sequence[Step]]], change: Change, *, by: Person
) -> Changed:
    """Set steps of entries of one client, and write into the client's log who did it.

    What is complete is not set dead: it would be delivered once more when the entry is retried.
    """
    log = Log()
    meant = [(entry, [step for step in steps if _can_be_set(step, change)]) for entry, steps in chosen]
    untouched = [entry for entry, steps in meant if not steps]
    chosen = [(entry, steps) for entry, steps in meant if steps]
    outcomes = [[_outcome(entry, step, change, log, by) for step in steps] for entry, steps in chosen]
    gone = {outcome.internal_id for outcome in database.record(list(chain.from_iterable(outcomes)), now=utc_now())}
    after = [apply(entry, own) for (entry, _), own in zip(chosen, outcomes, strict=True)]
    done = [(entry, steps) for entry, steps in chosen if entry.internal_id not in gone]
    sentences = [_sentence(entry, steps, change) for entry, steps in done]
    if sentences:
        write_audit(database, done[0][0].client_id, sentences, by=by, log=log)
    return Changed(
        entries=[entry for entry, _ in done],
        after=[entry for entry in after if entry.internal_id not in gone],
        sentences=sentences,
        gone=sorted(gone),
        untouched=untouched,
    )


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


def _outcome(entry: Entry, step: Step, change: Change, log: Log, by: Person) -> Outcome:
    return Outcome(
        client_id=entry.client_id,
        internal_id=entry.internal_id,
        kind=step.kind,
        name=step.name,
        result=_RESULTS[change],
        at=utc_now(),
        error=_given_up(step, by) if change is Change.DEAD else "",
        log_guid=str(log.guid),
    )


def _can_be_set(step: Step, change: Change) -> bool:
    return not (change is Change.DEAD and step.is_complete)


def _given_up(step: Step, by: Person) -> str:
    """Return the error of a step that is given up: why it had failed is still wanted, who gave it up before is not."""
    first, _, rest = step.last_error.partition("\n")
    before = rest if first.startswith(SET_DEAD) else step.last_error
    return f"{SET_DEAD}{by.name}" + (f"\n{before}" if before else "")


def _sentence(entry: Entry, steps: Sequence[Step], change: Change) -> str:
    names = ", ".join(step.name for step in steps)
    return f"set {change.value}: {names} of {entry.id_text}"
