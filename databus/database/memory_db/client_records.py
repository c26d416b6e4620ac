"""Everything of one client, in memory: what small engines of your own can be built from."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from databus.database import selection, steps
from databus.database.memory_db.documents import Documents
from databus.database.memory_db.logs import Logs
from databus.database.memory_db.queue import Queue
from databus.database.records import BackupPurge, LogPurge, PurgeRule, QueuePurge


@dataclass(slots=True)
class ClientRecords:
    """A client's queue, logs and documents. They can be pickled; whoever calls them lets one thread in at a time."""

    queue: Queue = field(default_factory=Queue)
    logs: Logs = field(default_factory=Logs)
    documents: Documents = field(default_factory=Documents)

    def is_leased(self, now: datetime) -> bool:
        """Whether a drive works on one of the client's passengers."""
        return any(steps.is_leased(entry, now) for entry in self.queue.entries())

    def purge(self, rule: PurgeRule, *, limit: int, now: datetime) -> int:
        """Delete what a rule names, oldest first."""
        match rule:
            case QueuePurge():
                return self._purge_queue(rule, limit, now)
            case LogPurge():
                return self._purge_logs(rule, limit)
            case BackupPurge():
                return self._purge_backups(rule, limit)
            case _:
                assert_never(rule)

    def _purge_queue(self, rule: QueuePurge, limit: int, now: datetime) -> int:
        doomed = selection.purgeable_entries(self.queue.entries(), rule, limit=limit, now=now)
        for entry in doomed:
            self.queue.remove(entry)
        return len(doomed)

    def _purge_logs(self, rule: LogPurge, limit: int) -> int:
        doomed = selection.purgeable_logs(self.logs.heads(), rule, limit=limit)
        for head in doomed:
            self.logs.remove(head.guid)
        return len(doomed)

    def _purge_backups(self, rule: BackupPurge, limit: int) -> int:
        doomed = selection.purgeable_versions(self.documents.histories(), rule, limit=limit)
        for document in doomed:
            self.documents.remove_version(document)
        return len(doomed)
