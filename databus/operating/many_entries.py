"""Handling all passengers that match, as a job: exactly those that were counted, as far as they still match."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, QueueQuery
from databus.database.selection import matches
from databus.operating.audit import Person, write_audit
from databus.operating.batches import Batches, TooMuch
from databus.operating.bulk import Action, Handled, Progress, handle, matching
from databus.operating.job import Task
from databus.operating.step_changes import Changed
from databus.operating.undoing import Before, before, undo
from databus.timestamps import utc_text

NAMES = {
    Action.RETRY: "Retry now",
    Action.COMPLETE: "Set complete",
    Action.INCOMPLETE: "Set incomplete",
    Action.DEAD: "Set dead",
    Action.DELETE: "Delete",
}


_WORDS = {
    "passenger_module": "passenger",
    "source_system": "source system",
    "search": "id contains",
    "error": "error contains",
    "attachment": "attachment's name contains",
    "step": "waits for step",
}


def query_words(query: QueueQuery) -> str:
    """Return in words what a query selects; empty where that is everything."""
    words = [f"{words} {value}" for name, words in _WORDS.items() if (value := getattr(query, name))]
    if query.states:
        words.append(f"state {' or '.join(query.states)}")
    words += [f"pulled from {utc_text(query.pulled_from)}"] if query.pulled_from else []
    words += [f"pulled before {utc_text(query.pulled_before)}"] if query.pulled_before else []
    return "; ".join(words)


class ManyEntries(Task):
    """An action on all passengers that match a query.

    Args:
        settled_before: Only those whose life span began before this time; None for all.
        name: What it is called, where it is more than the action.
        which: Which passengers it is about, in words, where the query does not say it.
    """

    thing = "passenger"
    needs_administrator = False

    def __init__(
        self,
        database: AbstractDatabase,
        action: Action,
        query: QueueQuery,
        *,
        by: Person,
        clock: Callable[[], datetime],
        settled_before: datetime | None = None,
        name: str = "",
        which: str = "",
    ) -> None:
        self.name = name or NAMES[action]
        self.action = action
        self.which = which or query_words(query)
        self.deletes = action is Action.DELETE
        self._database = database
        self._query = query
        self._by = by
        self._clock = clock
        self._settled_before = settled_before
        self._ids: Batches[str] = Batches(str)
        self._before: Batches[Before] = Batches(Before)
        self._keeps_all = True
        self._has_changed = False

    def count(self, on_progress: Progress) -> int:
        """Count those that match, and keep their ids."""
        counted = 0
        for entries in matching(self._database, self._query, clock=self._clock):
            ids = [entry.internal_id for entry in entries if self._is_old(entry)]
            self._ids.append(ids)
            counted += len(ids)
            on_progress(Handled(matched=counted))
        return counted

    def do(self, on_progress: Progress) -> Handled:
        """Handle those that were counted and still match."""
        return self.handle(self._still(), on_progress)

    def handle(self, batches: Iterator[Sequence[Entry]], on_progress: Progress) -> Handled:
        """Handle passengers, and keep what was before."""
        return handle(
            self._database,
            self._query.client_id,
            self.action,
            batches,
            by=self._by,
            clock=self._clock,
            on_progress=on_progress,
            on_change=self.keep,
        )

    def keep(self, changed: Changed) -> None:
        """Keep what was before a change."""
        self._has_changed = self._has_changed or bool(changed.entries)
        try:
            self._before.append(before(changed))
        except TooMuch:  # undoing only a part of it would leave a mess that nobody asked for
            self._keeps_all = False

    @property
    def can_be_undone(self) -> bool:
        """Whether passengers have changed, and all of what was before is kept."""
        return self._has_changed and self._keeps_all

    def undo(self, on_progress: Progress) -> Handled:
        """Set back those that nothing else has changed since."""
        client_id = self._query.client_id
        return undo(self._database, client_id, self._before, by=self._by, clock=self._clock, on_progress=on_progress)

    def tell(self, sentence: str) -> None:
        """Write into the client's log how it ended."""
        write_audit(self._database, self._query.client_id, [sentence], by=self._by, log=Log())

    def _still(self) -> Iterator[Sequence[Entry]]:
        for ids in self._ids:
            now = self._clock()
            entries = self._database.load(self._query.client_id, ids)
            yield [each for each in entries if matches(each, self._query, now) and self._is_old(each)]

    def _is_old(self, entry: Entry) -> bool:
        return self._settled_before is None or entry.settled_on < self._settled_before
