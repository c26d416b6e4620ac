"""One export while it runs: on a thread of its own, telling the database how far it is."""

import logging
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from databus.client.client import Client
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.export.conflicts import ExportConflicts
from databus.database.export.exporting import ExportResult, export_clients
from databus.database.export.progress import Progress
from databus.database.opening import reached_database
from databus.errors import DatabusError, StoreError
from databus.operating.audit import Person, write_audit
from databus.operating.export_records import ExportRecord, ExportState, ExportStore
from databus.operating.export_targets import said_without_secrets
from databus.operating.places import Place

BEAT = 2.0
"""Seconds between two times that it tells how far it is, and looks whether it is to pause."""

LEASE = timedelta(seconds=60)
"""After this time without a beat its process counts as dead."""

SHOWN = 20
"""Conflicts that are kept."""

_logger = logging.getLogger("databus")


def lock_name(export_id: str) -> str:
    """Return the name of the lock that the process has which runs an export."""
    return f"export {export_id}"


class _Ended(Exception):
    """Somebody wants the export to end before its end."""


class ExportRun:
    """Runs an export."""

    def __init__(
        self,
        database: AbstractDatabase,
        store: ExportStore,
        record: ExportRecord,
        target: Place,
        *,
        by: Person,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._record = record
        self._target = target
        self._by = by
        self._clock = clock
        self._owner = f"export {uuid4()}"
        self._ends_as: ExportState | None = None
        self._progress: Progress | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="export", daemon=True)
        self._keeper = threading.Thread(target=self._keep, name="export's keeper", daemon=True)

    @property
    def export_id(self) -> str:
        """Which export it is."""
        return self._record.id

    @property
    def progress(self) -> Progress | None:
        """How far it is."""
        return self._progress

    @property
    def is_alive(self) -> bool:
        """Whether it is not over yet."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._hold(LEASE)  # before anybody looks at it
        self._thread.start()

    def pause(self) -> None:
        """Let it end after what it is at, because a person wants it."""
        self._ends_as = self._ends_as or ExportState.PAUSED

    def interrupt(self) -> None:
        """Let it end after what it is at, because its process ends."""
        self._ends_as = ExportState.INTERRUPTED

    def join(self, patience: float) -> None:
        """Wait until it is over, for so many seconds."""
        self._thread.join(patience)

    # -- the work -----------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        self._keeper.start()
        try:
            change = self._outcome()
        finally:
            self._over.set()
            self._keeper.join()
        try:
            record = self._store.change(self.export_id, change)
            self._hold(timedelta(0))
            what = f"the export to {record.target} is {record.state.value}{': ' if record.error else ''}{record.error}"
            write_audit(self._database, Client.ROOT, [what], by=self._by, log=Log())
        except DatabusError:  # the process is ending, or the database is lost: without beats it counts as interrupted
            _logger.exception("What became of the export to %s cannot be kept", self._record.target)

    def _outcome(self) -> Callable[[ExportRecord], ExportRecord]:
        """Export; return what becomes of the record."""
        try:
            with tempfile.TemporaryDirectory(prefix="databus-export-") as folder:
                result = self._export(Path(folder) / "manifest.json")
                self._store.keep_manifest(self.export_id, result.manifest)
        except _Ended:
            ended, said = self._ends_as or ExportState.INTERRUPTED, ""
            if ended is ExportState.INTERRUPTED:
                said = "The process that ran it has ended."
            return lambda record: replace(record, state=ended, error=said, progress=self._progress, pause_wanted=False)
        except ExportConflicts as error:
            return _conflicting(error)
        except Exception as error:  # noqa: BLE001 - the border to engines: whoever looks at the export is told
            said = said_without_secrets(error, self._target)
            if not isinstance(error, DatabusError):
                _logger.error("The export to %s failed: %s", self._record.target, said)
            return lambda record: replace(record, state=ExportState.FAILED, error=said, pause_wanted=False)
        return lambda record: replace(
            record,
            state=ExportState.DONE,
            results=result.clients,
            sha256=result.sha256,
            progress=None,
            pause_wanted=False,
        )

    def _export(self, manifest: Path) -> ExportResult:
        self._target.make_folder()
        with reached_database(self._target.module, self._target.arguments) as target:
            return export_clients(
                self._database,
                target,
                self._record.clients,
                manifest=manifest,
                on_conflict=self._record.on_conflict,
                patience=self._record.patience,
                tell=self._tell,
                clock=self._clock,
            )

    def _tell(self, progress: Progress) -> None:
        self._progress = progress
        if self._ends_as is not None:
            raise _Ended

    # -- telling ------------------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        while not self._over.wait(BEAT):
            try:
                self._hold(LEASE)
                record = self._store.change(
                    self.export_id, lambda record: replace(record, progress=self._progress or record.progress)
                )
            except StoreError as error:  # the next beat may come through; if the export suffers, it says so itself
                _logger.debug("The export to %s cannot tell how far it is: %s", self._record.target, error)
            except DatabusError:  # forgotten: somebody has deleted the document
                self.interrupt()
            else:
                if record.pause_wanted:
                    self.pause()

    def _hold(self, lease: timedelta) -> None:
        self._database.lock(lock_name(self.export_id), owner=self._owner, lease=lease, now=self._clock())


def _conflicting(error: ExportConflicts) -> Callable[[ExportRecord], ExportRecord]:
    shown = tuple(str(each) for each in error.conflicts[:SHOWN])
    said = f"The target has something of its own of client {error.conflicts[0].client_id}; nothing of that was written."
    return lambda record: replace(
        record,
        state=ExportState.FAILED,
        error=said,
        conflicts=shown,
        conflict_count=error.count,
        pause_wanted=False,
    )
