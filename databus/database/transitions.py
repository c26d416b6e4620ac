"""What outcomes make of many entries, each distinct case worked out once.

Entries that were seated together share one tuple of steps, and outcomes of one call of a processor one time; what they
become is then the same for all of them, and is shared again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from databus.database import steps
from databus.database.records import Entry, State, Step
from databus.pqueue.outcome import Outcome, OutcomeKind

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


class Transitions:
    """Does what ``databus.database.steps`` says, for the entries of one call or one drive's window.

    It knows tuples of steps by what they are, not by what is in them, and holds on to them: one that is kept for long
    grows with every entry.
    """

    def __init__(self) -> None:
        self._after: dict[Any, tuple[Steps, datetime, Steps, bool]] = {}
        self._states: dict[int, tuple[Steps, StateAndDue]] = {}

    def apply(self, entry: Entry, outcomes: Sequence[Outcome]) -> Entry:
        """Return what ``steps.apply`` returns."""
        outcome = outcomes[0] if len(outcomes) == 1 else None
        if outcome is None or outcome.result is not OutcomeKind.COMPLETE or outcome.restored or outcome.changes:
            return steps.apply(entry, outcomes)
        before, at = entry.steps, outcome.at
        case = (id(before), id(at), id(outcome.kind), outcome.name, outcome.attempted, outcome.fence is None)
        known = self._after.get(case)
        if known is None:
            after = steps.apply(entry, outcomes)
            self._after[case] = before, at, after.steps, after.completed_on is not None
            return after
        _, _, now, is_complete = known
        guid, guids = outcome.log_guid, entry.log_guids
        return replace(
            entry,
            steps=now,
            completed_on=(entry.completed_on or at) if is_complete else None,
            log_guids=guids if guid in guids else steps.with_guid(guids, guid),
        )

    def state_and_due(self, entry: Entry) -> StateAndDue:
        """Return what ``steps.state_and_due`` returns."""
        known = self._states.get(id(entry.steps))
        if known is None:
            known = self._states[id(entry.steps)] = entry.steps, steps.state_and_due(entry)
        return known[1]
