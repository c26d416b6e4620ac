"""Exports that run in this process while nobody waits for them: begun, paused and taken up from pages and the API."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from databus.client.client import Client
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.export.conflicts import OnConflict
from databus.database.export.exporting import PATIENCE
from databus.errors import DatabusError
from databus.operating.audit import Person, write_audit
from databus.operating.clients import require_client
from databus.operating.export_records import ExportRecord, ExportState, ExportStore
from databus.operating.export_run import ExportRun, lock_name
from databus.operating.places import Place

LONGEST_WAIT: Final = 86_400
"""Seconds that an export may be told to wait for drives."""


class ExportRefused(DatabusError):
    """An export cannot be begun, paused or taken up as things are; the text says why."""


class TargetNeeded(ExportRefused):
    """The target's arguments are not known any more: whoever takes an export up must give them again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be exported, and where to.

    Attributes:
        clients: Their ids; empty for all.
        patience: Seconds to wait for drives that are under way.
    """

    clients: Sequence[str]
    target: Place
    on_conflict: OnConflict = OnConflict.STOP
    patience: float = PATIENCE


class Exports:
    """The exports of a database. In a process one runs at a time; secrets of targets only its memory has."""

    def __init__(self, database: AbstractDatabase, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._store = ExportStore(database, clock)
        self._lock = threading.Lock()
        self._targets: dict[str, Place] = {}
        self._run: ExportRun | None = None
        self._is_closed = False

    # -- looking ------------------------------------------------------------------------------------------------------

    def all(self) -> list[ExportRecord]:
        """Return the exports that are remembered, newest first."""
        return [self._as_it_is(record) for record in self._store.all()]

    def get(self, export_id: str) -> ExportRecord:
        """Return an export.

        Raises:
            NotFound: There is none of this id.
        """
        return self._as_it_is(self._store.read(export_id))

    def running_here(self) -> ExportRecord | None:
        """Return the export that this process is at."""
        run = self._run
        return self._store.read(run.export_id) if run is not None and run.is_alive else None

    def needs_target(self, record: ExportRecord) -> bool:
        """Whether the target must be given again to take the export up."""
        return record.arguments is None and record.id not in self._targets

    def manifest(self, export_id: str) -> Iterator[bytes]:
        """Yield the manifest of an export in pieces.

        Raises:
            ExportRefused: It has none yet.
        """
        if not self._store.read(export_id).sha256:
            raise ExportRefused("This export has no manifest yet: it is written when everything is verified.")
        return self._store.manifest(export_id)

    def _as_it_is(self, record: ExportRecord) -> ExportRecord:
        """Return an export with what its process has not said yet, or, if it was killed, cannot say any more."""
        run = self._run
        if record.is_running and run is not None and self._runs(record.id):
            return replace(record, progress=run.progress or record.progress)
        if not record.is_running or self._is_held(record.id):
            return record
        return replace(record, state=ExportState.INTERRUPTED, error="The process that ran it has ended.")

    def _runs(self, export_id: str) -> bool:
        run = self._run
        return run is not None and run.export_id == export_id and run.is_alive

    def _is_held(self, export_id: str) -> bool:
        """Whether another process runs it: a lock that nobody has can be given back."""
        looking = f"looking {uuid4()}"
        return not self._database.lock(lock_name(export_id), owner=looking, lease=timedelta(0), now=self._clock())

    # -- doing --------------------------------------------------------------------------------------------------------

    def begin(self, order: Order, *, by: Person) -> ExportRecord:
        """Begin an export.

        Raises:
            NotFound: There is no such client.
            ConfigError: The target's arguments are wrong.
            ExportRefused: This process is at one already.
        """
        for client_id in order.clients:
            require_client(self._database, client_id)
        now = self._clock()
        record = ExportRecord(
            id=uuid4().hex,
            clients=tuple(sorted(set(order.clients))),
            target=str(order.target),
            module=order.target.module,
            arguments=None if order.target.secrets() else order.target.arguments,
            on_conflict=order.on_conflict,
            patience=order.patience,
            by=by.name,
            began=now,
            changed=now,
        )
        with self._lock:
            self._check_free()
            self._store.add(record)
            self._start(record, order.target, by)
        self._note(f"began the export of {_clients(record)} to {record.target}", by)
        return record

    def pause(self, export_id: str, *, by: Person) -> ExportRecord:
        """Let an export end after what it is at; its clients are driven again, and it can be taken up.

        Raises:
            NotFound: There is none of this id.
            ExportRefused: It does not run.
        """
        if not self.get(export_id).is_running:
            raise ExportRefused("This export is not running.")
        record = self._store.change(export_id, lambda record: replace(record, pause_wanted=record.is_running))
        if self._run is not None and self._runs(export_id):
            self._run.pause()
        self._note(f"paused the export of {_clients(record)} to {record.target}", by)
        return record

    def resume(
        self, export_id: str, *, by: Person, target: Place | None = None, on_conflict: OnConflict | None = None
    ) -> ExportRecord:
        """Take up an export where it ended, or run it again to bring what has changed since.

        Args:
            target: Where to, the same as before: needed where this process does not know it any more.
            on_conflict: Another rule than before.

        Raises:
            NotFound: There is none of this id.
            TargetNeeded: This process does not know the target any more.
            ExportRefused: It runs already, or the target is another one, or this process is at another export.
        """
        record = self.get(export_id)
        if record.is_running:
            raise ExportRefused("This export is running already.")
        place = self._target_of(record, target)
        with self._lock:
            self._check_free()
            now = self._clock()
            record = self._store.change(
                export_id,
                lambda before: replace(
                    before,
                    state=ExportState.RUNNING,
                    on_conflict=on_conflict or before.on_conflict,
                    by=by.name,
                    began=now,
                    progress=None,
                    error="",
                    conflicts=(),
                    conflict_count=0,
                    results=(),
                    sha256="",
                    pause_wanted=False,
                ),
            )
            self._start(record, place, by)
        self._note(f"took up the export of {_clients(record)} to {record.target}", by)
        return record

    def close(self, patience: float) -> None:
        """Let what runs end, so that its clients are driven again at once; wait for it for so many seconds."""
        with self._lock:
            self._is_closed = True
            if self._run is not None:
                self._run.interrupt()
        self.wait(patience)

    def wait(self, patience: float) -> None:
        """Wait until what runs here is over, for so many seconds."""
        if self._run is not None:
            self._run.join(patience)

    def _target_of(self, record: ExportRecord, given: Place | None) -> Place:
        if given is not None:
            if (given.module, str(given)) != (record.module, record.target):
                raise ExportRefused(f"This is another target than {record.target}: begin a new export for it.")
            return given
        if record.id in self._targets:
            return self._targets[record.id]
        if record.arguments is None:
            raise TargetNeeded("Give the target once more: what may be a secret is not kept over a restart.")
        return Place(module=record.module, arguments=record.arguments)

    def _check_free(self) -> None:
        if self._is_closed:
            raise ExportRefused("This process is ending.")
        if self._run is not None and self._run.is_alive:
            raise ExportRefused("Another export is running: wait until it has ended, or pause it.")

    def _start(self, record: ExportRecord, place: Place, by: Person) -> None:
        self._targets[record.id] = place
        self._run = ExportRun(self._database, self._store, record, place, by=by, clock=self._clock)
        self._run.start()

    def _note(self, what: str, by: Person) -> None:
        write_audit(self._database, Client.ROOT, [what], by=by, log=Log())


def manifest_name(export_id: str) -> str:
    """Return what the file is called that has what an export verified."""
    return f"databus-export-{export_id[:8]}.json"


def _clients(record: ExportRecord) -> str:
    return ", ".join(record.clients) or "all clients"
