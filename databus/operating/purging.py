"""Deleting what is older than somebody wants it: complete passengers, and logs."""

from collections.abc import Callable
from datetime import datetime, timedelta

from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.paging import log_pages_of
from databus.database.records import LogPurge, LogQuery, QueueQuery, State
from databus.driver.retention import BATCH
from databus.operating.audit import Person, write_audit
from databus.operating.bulk import Action, Handled, Progress
from databus.operating.job import Task
from databus.operating.many_entries import ManyEntries

LONGEST = 36_500
"""Days: older than a hundred years is nothing."""


def old_entries(
    database: AbstractDatabase,
    client_id: str,
    *,
    passenger_module: str,
    days: int,
    by: Person,
    clock: Callable[[], datetime],
) -> ManyEntries:
    """Return the task that deletes passengers which were completed more than so many days ago.

    Args:
        passenger_module: Only those of this route; empty for all.
    """
    query = QueueQuery(client_id=client_id, passenger_module=passenger_module, states=(State.COMPLETE,))
    return ManyEntries(
        database,
        Action.DELETE,
        query,
        by=by,
        clock=clock,
        settled_before=clock() - timedelta(days=days),
        name=f"Delete what was completed more than {days} days ago",
    )


def old_logs(
    database: AbstractDatabase, client_id: str, *, days: int, by: Person, clock: Callable[[], datetime]
) -> "OldLogs":
    """Return the task that deletes logs which were begun more than so many days ago."""
    before = clock() - timedelta(days=days)
    return OldLogs(database, client_id, before=before, by=by, clock=clock, name=f"Delete logs older than {days} days")


class OldLogs(Task):
    """Deletes logs that were begun before a time, with what they say about who changed what."""

    thing = "log"
    which = ""
    deletes = True
    needs_administrator = True

    def __init__(
        self,
        database: AbstractDatabase,
        client_id: str,
        *,
        before: datetime,
        by: Person,
        clock: Callable[[], datetime],
        name: str = "Delete logs",
    ) -> None:
        self.name = name
        self._database = database
        self._client_id = client_id
        self._by = by
        self._clock = clock
        self._before = before

    def count(self, on_progress: Progress) -> int:
        """Count them; no others can become so old."""
        counted = 0
        query = LogQuery(client_id=self._client_id, created_before=self._before, limit=BATCH)
        for heads in log_pages_of(self._database, query):
            counted += len(heads)
            on_progress(Handled(matched=counted))
        return counted

    def do(self, on_progress: Progress) -> Handled:
        """Delete them."""
        handled = Handled()
        rule = LogPurge(client_id=self._client_id, before=self._before)
        while batch := self._database.purge(rule, limit=BATCH, now=self._clock()):
            handled = Handled(matched=handled.matched + batch, done=handled.done + batch)
            on_progress(handled)
        return handled

    @property
    def can_be_undone(self) -> bool:
        """Whether it can be undone: what is deleted is gone."""
        return False

    def undo(self, on_progress: Progress) -> Handled:
        """Do nothing."""
        return Handled()

    def tell(self, sentence: str) -> None:
        """Write into the client's log who has deleted how many."""
        before = self._before.isoformat(timespec="seconds")
        write_audit(self._database, self._client_id, [f"{sentence}, from before {before}"], by=self._by, log=Log())
