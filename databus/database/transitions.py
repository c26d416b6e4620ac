"""What outcomes make of many entries, each distinct case worked out once.

Entries that were seated together share one tuple of steps, and outcomes of one call of a processor one time; what they
become is then the same for all of them, and is shared again.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from databus.database import steps
from databus.database.records import Entry, State, Step
from databus.pqueue.outcome import Outcome, OutcomeKind, StepKind

Steps = tuple[Step, ...]


_SHARED = 1000


class SharedSteps:
    """Lets steps that are equal be the same, for engines that read entries back from where they keep them."""

    def __init__(self) -> None:
        self._known: dict[Steps, Steps] = {}

    def of(self, steps: Steps) -> Steps:
        """Return the steps, or those that are equal and came before."""
        if len(self._known) >= _SHARED:
            self._known.clear()
        return self._known.setdefault(steps, steps)


StateAndDue = tuple[State, datetime | None]
"""What ``steps.state_and_due`` returns."""


class _Move(Struct, frozen=True, kw_only=True, gc=False):
    """What the last outcome did to some steps: the next one is mostly the same."""

    before: Steps
    at: datetime
    kind: StepKind
    name: str
    attempted: bool
    by_operator: bool
    after: Steps
    is_complete: bool


class Transitions:
    """Does what ``databus.database.steps`` says, for the entries of one call or one drive's window.

    It knows tuples of steps by what they are, not by what is in them, and holds on to them: one that is kept for long
    grows with every entry.
    """

    def __init__(self) -> None:
        self._after: dict[int, _Move] = {}
        self._states: dict[int, tuple[Steps, StateAndDue]] = {}

    def apply(self, entry: Entry, outcomes: Sequence[Outcome]) -> Entry:
        """Return what ``steps.apply`` returns."""
        outcome = outcomes[0] if len(outcomes) == 1 else None
        if outcome is None or outcome.result is not OutcomeKind.COMPLETE or outcome.restored or outcome.changes:
            return steps.apply(entry, outcomes)
        move = self._after.get(id(entry.steps))
        if move is None or not (
            move.at is outcome.at
            and move.kind is outcome.kind
            and move.name == outcome.name
            and move.attempted is outcome.attempted
            and move.by_operator is (outcome.fence is None)
        ):
            return self._work_out(entry, outcome)
        guid, guids = outcome.log_guid, entry.log_guids
        return replace(
            entry,
            steps=move.after,
            completed_on=(entry.completed_on or outcome.at) if move.is_complete else None,
            log_guids=guids if guid in guids else steps.with_guid(guids, guid),
        )

    def _work_out(self, entry: Entry, outcome: Outcome) -> Entry:
        after = steps.apply(entry, [outcome])
        self._after[id(entry.steps)] = _Move(
            before=entry.steps,
            at=outcome.at,
            kind=outcome.kind,
            name=outcome.name,
            attempted=outcome.attempted,
            by_operator=outcome.fence is None,
            after=after.steps,
            is_complete=after.completed_on is not None,
        )
        return after

    def state_and_due(self, entry: Entry) -> StateAndDue:
        """Return what ``steps.state_and_due`` returns."""
        known = self._states.get(id(entry.steps))
        if known is None:
            known = self._states[id(entry.steps)] = entry.steps, steps.state_and_due(entry)
        return known[1]
