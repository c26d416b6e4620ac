"""Exporting one client: rounds of survey and writing until nothing is left to be written, then verification."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain

from databus.database.export import documents, entries, logs, verifying
from databus.database.export.conflicts import KEPT, Conflict, ExportConflicts, OnConflict
from databus.database.export.copying import Copying
from databus.database.export.documents import Difference
from databus.database.hold import Holding
from databus.database.paging import pages_of
from databus.database.plain_passwords import hash_stored_passwords
from databus.database.records import QueueQuery, RouteCounts, State
from databus.errors import NotFound, StoreError

ROUNDS = 10
"""A client whose source changes so often meanwhile is not at rest."""

LOOK_AGAIN = 0.2
"""Seconds between two looks at whether drives have ended."""

_CHOICE = "see what differs, then say --on-conflict skip (leave it) or replace (the source counts)"
_LOGS_STAY = "a log cannot be replaced: say --on-conflict skip, or remove the client in the target and export it anew"


Mark = tuple[frozenset[RouteCounts], str]


@dataclass(slots=True, kw_only=True)
class ClientExport:
    """One client on its way; both databases are held for it.

    Attributes:
        there: The hold in the target.
        patience: Seconds to wait for drives that are under way.
        began: Something was written.
    """

    copying: Copying
    there: Holding
    patience: float
    began: bool = False
    skipped_logs: set[str] = field(default_factory=set)
    skipped_documents: set[str] = field(default_factory=set)
    forced_documents: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Export, and verify.

        Raises:
            ExportConflicts: The target has something of its own.
            StoreError: Something cannot be read or written, or does not rest.
        """
        with suppress(NotFound):  # no configuration, and so no password, travels
            hash_stored_passwords(self.copying.source, self.copying.client_id, clock=self.copying.clock)
        self.copying.ledger.load()
        surveyed: Mark | None = None
        for _ in range(ROUNDS):
            self._wait_until_idle()
            mark = self._mark()
            if mark != surveyed:
                entries.survey_source(self.copying)
                surveyed = mark
            entries.survey_target(self.copying)
            self._settle(self._conflicts())
            if not self._write() and self._verify() and self._mark() == surveyed:
                if entries.is_at_rest(self.copying):
                    self._finish()
                    return
                surveyed = None
        raise StoreError(
            f"client {self.copying.client_id} keeps changing while it is exported: let nobody work on it, and try again"
        )

    def _mark(self) -> Mark:
        """Return what changes in the source while a drive that had begun before comes to its end."""
        source, client_id, now = self.copying.source, self.copying.client_id, self.copying.clock()
        newest = source.find(QueueQuery(client_id=client_id, limit=1), now=now).items
        return frozenset(source.counts(client_id, now=now)), newest[0].internal_id if newest else ""

    def _wait_until_idle(self) -> None:
        until = time.monotonic() + self.patience
        query = QueueQuery(client_id=self.copying.client_id, states=(State.RUNNING,), limit=1)
        copying = self.copying
        while found := next(filter(None, pages_of(copying.source, query, clock=copying.clock)), ()):
            if time.monotonic() >= until:
                raise StoreError(
                    f"{found[0].leased_by or 'a drive'} works on passenger {found[0].external_id} of client "
                    f"{self.copying.client_id}: export it when that drive has ended"
                )
            self.copying.progress("waiting for drives to end", 0)
            threading.Event().wait(LOOK_AGAIN)

    # -- conflicts ----------------------------------------------------------------------------------------------------

    def _conflicts(self) -> Iterator[Conflict]:
        copying = self.copying
        for internal_id, reason in copying.plan.conflicts():
            yield Conflict(client_id=copying.client_id, kind="entry", name=internal_id, reason=reason)
        for head, there in logs.unequal(copying):
            if head.guid not in self.skipped_logs and (found := logs.conflict(copying, head, there)):
                yield found
        for difference in self._differences():
            if difference.name not in self.forced_documents and (found := documents.conflict(copying, difference)):
                yield found

    def _differences(self) -> Iterator[Difference]:
        return (each for each in documents.differences(self.copying) if each.name not in self.skipped_documents)

    def _settle(self, conflicts: Iterable[Conflict]) -> int:
        """Do with conflicts what was said, before anything is written; return how many there were."""
        choice = self.copying.on_conflict
        stopping: list[Conflict] = []
        count = found = 0
        for found, conflict in enumerate(conflicts, start=1):  # noqa: B007 - it is counted, too
            if choice is OnConflict.STOP or not self._is_settled(conflict, choice):
                count += 1
                if len(stopping) < KEPT:
                    stopping.append(conflict)
        if stopping:
            raise ExportConflicts(stopping, count, _CHOICE if choice is OnConflict.STOP else _LOGS_STAY)
        return found

    def _is_settled(self, conflict: Conflict, choice: OnConflict) -> bool:
        skips = choice is OnConflict.SKIP
        self.copying.result.skipped += skips
        match conflict.kind:
            case "entry":
                (self.copying.plan.skip if skips else self.copying.plan.force)(conflict.name)
            case "log":
                self.skipped_logs.add(conflict.name)
                return skips
            case _:
                (self.skipped_documents if skips else self.forced_documents).add(conflict.name)
        return True

    # -- writing ------------------------------------------------------------------------------------------------------

    def _write(self) -> bool:
        """Write what is missing or has changed, the configuration last; return whether there was anything."""
        entries_written, logs_written = self._write_entries(), self._write_logs()
        return self._write_documents() or logs_written or entries_written

    def _write_entries(self) -> bool:
        if not self.copying.plan.has_work():
            return False
        self._begin()
        entries.write(self.copying)
        return True

    def _write_logs(self) -> bool:
        written = 0
        for head, there in logs.unequal(self.copying):
            if head.guid not in self.skipped_logs:
                self._begin()
                logs.write(self.copying, head, there)
                written += 1
                self.copying.progress("logs", written)
        return written > 0

    def _write_documents(self) -> bool:
        written = 0
        for difference in self._differences():
            self._begin()
            documents.write(self.copying, difference)
            written += 1
            self.copying.progress("documents", written)
        return written > 0

    def _begin(self) -> None:
        """Let nobody drive a client that is new in the target before it is all there, whatever becomes of us."""
        if not self.began and self.copying.client_id not in self.copying.target.clients():
            self.there.set_incomplete(True)
        self.began = True

    # -- the end ------------------------------------------------------------------------------------------------------

    def _verify(self) -> bool:
        copying = self.copying
        if copying.plan.unchecked():
            return False  # somebody has purged them in this moment
        copying.result.out_of_order = copying.plan.out_of_order()
        if copying.result.out_of_order and copying.on_conflict is OnConflict.STOP:
            reason = f"{copying.result.out_of_order} entries stand at other places there"
            conflict = Conflict(client_id=copying.client_id, kind="order", name="of seating", reason=reason)
            remedy = "say --on-conflict skip to leave it so, or remove the client in the target and export it anew"
            raise ExportConflicts([conflict], 1, remedy)
        reason = "it has other lines there"
        differing = verifying.differing_logs(copying, self.skipped_logs)
        return not self._settle(
            Conflict(client_id=copying.client_id, kind="log", name=head.guid, reason=reason) for head in differing
        )

    def _finish(self) -> None:
        copying = self.copying
        rows = [documents.ledger_row(name, self._versions(name)) for name in self._document_names()]
        copying.ledger.shorten(lambda: chain(rows, copying.plan.verified_records()), copying.plan.count("source"))
        copying.result.extra = verifying.only_there(copying)
        self.there.set_incomplete(False)

    def _document_names(self) -> list[str]:
        found = documents.names(self.copying.source, self.copying.client_id)
        return [name for name in found if name not in self.skipped_documents]

    def _versions(self, name: str) -> documents.Versions:
        return documents.versions(self.copying.target, self.copying.client_id, name)
