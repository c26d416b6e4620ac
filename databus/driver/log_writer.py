"""Writing a drive's log into the database while the drive is under way."""

import time

from databus.client.log import Log, shortened, sound_entry
from databus.client.redaction import redact
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import LogHead, LogLine
from databus.timestamps import as_utc

FLUSH_SECONDS = 5.0
"""An operator who follows a drive sees its lines after at most these many seconds."""

MOST_LINES_HELD = 10_000
"""More lines than this are not kept in memory; observers see the last ones."""

LONGEST_MESSAGE = 1_000_000
"""Characters of a message that are kept, half of them its beginning: servers refuse statements that are too long."""


class LogWriter:
    """Moves a log's entries into the database, with secrets blotted out."""

    def __init__(
        self, database: AbstractDatabase, log: Log, *, client_id: str, passenger_module: str, secrets: frozenset[str]
    ) -> None:
        self._database = database
        self._log = log
        self._client_id = client_id
        self._passenger_module = passenger_module
        self._secrets = secrets
        self._written = 0
        self._dropped = 0
        self._flushed_at = time.monotonic()

    def flush_if_due(self) -> None:
        """Write what is there if it is much, or if the last time was long ago."""
        waiting = len(self._log.entries) + self._dropped - self._written
        much = waiting >= min(MOST_LINES_HELD, max(1000, self._written // 2))
        if much or (waiting > 0 and time.monotonic() - self._flushed_at >= FLUSH_SECONDS):
            self.flush()

    def flush(self) -> None:
        """Write what is there.

        Raises:
            StoreError: The database does not take it; the entries stay in the log.
        """
        entries = self._log.entries[self._written - self._dropped :]
        self._database.append_log(self._head(), [self._line(entry) for entry in entries])
        self._written += len(entries)
        self._flushed_at = time.monotonic()
        if len(self._log.entries) > MOST_LINES_HELD:
            self._log.drop_entries(self._written - self._dropped)
            self._dropped = self._written

    def _head(self) -> LogHead:
        return LogHead(
            client_id=self._client_id,
            guid=str(self._log.guid),
            created_on=as_utc(self._log.creation_datetime),
            passenger_module=self._passenger_module,
            lines=self._written,
        )

    def _line(self, entry: object) -> LogLine:
        line = sound_entry(entry)
        return LogLine(
            timestamp=line.utc_timestamp,
            type=line.type,
            source=line.source,
            message=shortened(redact(line.message, self._secrets), LONGEST_MESSAGE),
        )
