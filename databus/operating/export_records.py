"""Exports that are asked for on a page or through the API, as the database keeps them: without any secret."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from zlib import compressobj, decompressobj

import msgspec

from databus.client.client import Client
from databus.database.abstract_database import AbstractDatabase
from databus.database.changing import change_document
from databus.database.export.conflicts import OnConflict
from databus.database.export.documents import JOBS
from databus.database.export.progress import ClientResult, Progress
from databus.errors import NotFound

KEPT = 20
"""So many exports are remembered; older ones make room for a new one."""

PIECE = 2**20
"""Bytes of a document; a manifest may be larger than the memory."""

ATTEMPTS = 10

_MANIFEST = "/manifest/"


class ExportState(StrEnum):
    """Where an export is. All but a running one can be taken up (again)."""

    RUNNING = "running"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecord:
    """An export.

    Attributes:
        clients: Which ones; empty for all.
        target: The target for people.
        module: Of the target's engine.
        arguments: The engine's; None where they hold what may be a secret, which is not kept.
        patience: Seconds to wait for drives that are under way.
        by: Who has begun it, or taken it up last.
        began, changed: When it was begun (again), and last told of itself.
        progress: How far it was then.
        error: Why it ended before its end.
        conflicts: What the target has of its own, the first ones of ``conflict_count``.
        results: What was verified, by client.
        sha256: Of the manifest; empty where there is none.
        pause_wanted: Somebody has asked it to pause.
    """

    id: str
    clients: tuple[str, ...]
    target: str
    module: str
    arguments: dict[str, Any] | None
    on_conflict: OnConflict
    patience: float
    by: str
    began: datetime
    changed: datetime
    state: ExportState = ExportState.RUNNING
    progress: Progress | None = None
    error: str = ""
    conflicts: tuple[str, ...] = ()
    conflict_count: int = 0
    results: tuple[ClientResult, ...] = ()
    sha256: str = ""
    pause_wanted: bool = False

    @property
    def is_running(self) -> bool:
        """Whether it is under way."""
        return self.state is ExportState.RUNNING


class ExportStore:
    """Keeps exports as documents of client root, so that every process of the database knows them, now and later."""

    def __init__(self, database: AbstractDatabase, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def all(self) -> list[ExportRecord]:
        """Return the exports that are remembered, newest first."""
        documents = self._database.list_documents(Client.ROOT)
        names = [each.name for each in documents if each.name.startswith(JOBS) and _MANIFEST not in each.name]
        found = []
        for name in names:
            with suppress(NotFound):  # forgotten since it was listed
                found.append(self.read(name.removeprefix(JOBS)))
        return sorted(found, key=lambda record: record.began, reverse=True)

    def read(self, export_id: str) -> ExportRecord:
        """Return an export.

        Raises:
            NotFound: There is none of this id.
        """
        try:
            return _decoded(self._database.read_document(Client.ROOT, f"{JOBS}{export_id}").content)
        except (NotFound, msgspec.DecodeError, RecursionError) as error:
            raise NotFound(f"There is no export {export_id} (any more).") from error

    def add(self, record: ExportRecord) -> None:
        """Remember an export, and forget the oldest ones beyond ``KEPT``."""
        for old in self.all()[KEPT - 1 :]:
            if not old.is_running:
                self._forget(old.id)
        content = msgspec.json.encode(record)
        self._database.write_document(
            Client.ROOT, f"{JOBS}{record.id}", content, expected="", by="", now=self._clock(), backup=False
        )

    def change(self, export_id: str, change: Callable[[ExportRecord], ExportRecord]) -> ExportRecord:
        """Change an export, and return it as it is now; whoever else changes it meanwhile is heeded.

        Raises:
            NotFound: It was forgotten meanwhile.
        """
        changed = self.read(export_id)

        def new(content: bytes) -> bytes | None:
            nonlocal changed
            before = _decoded(content)
            changed = change(before)
            if changed == before:
                return None
            changed = replace(changed, changed=self._clock())
            return msgspec.json.encode(changed)

        change_document(self._database, Client.ROOT, f"{JOBS}{export_id}", new, clock=self._clock, attempts=ATTEMPTS)
        return changed

    # -- the manifest -------------------------------------------------------------------------------------------------

    def keep_manifest(self, export_id: str, path: Path) -> None:
        """Keep a manifest instead of the one before."""
        names = self._manifest_names(export_id)
        for number, piece in enumerate(_packed(path)):
            name = f"{JOBS}{export_id}{_MANIFEST}{number:06}"
            names = [each for each in names if each != name]
            self._database.write_document(
                Client.ROOT, name, piece, expected=None, by="", now=self._clock(), backup=False
            )
        for name in names:
            self._database.delete_document(Client.ROOT, name)

    def manifest(self, export_id: str) -> Iterator[bytes]:
        """Yield a manifest in pieces."""
        unpacking = decompressobj()
        for name in self._manifest_names(export_id):
            yield unpacking.decompress(self._database.read_document(Client.ROOT, name).content)
        yield unpacking.flush()

    def _manifest_names(self, export_id: str) -> list[str]:
        beginning = f"{JOBS}{export_id}{_MANIFEST}"
        documents = self._database.list_documents(Client.ROOT)
        return [each.name for each in documents if each.name.startswith(beginning)]

    def _forget(self, export_id: str) -> None:
        for name in [*self._manifest_names(export_id), f"{JOBS}{export_id}"]:
            self._database.delete_document(Client.ROOT, name)


def _decoded(content: bytes) -> ExportRecord:
    return msgspec.json.decode(content, type=ExportRecord)


def _packed(path: Path) -> Iterator[bytes]:
    """Yield the compressed content of a file in pieces of about ``PIECE`` bytes."""
    packing, packed = compressobj(), b""
    with path.open("rb") as file:
        while read := file.read(PIECE):
            packed += packing.compress(read)
            if len(packed) >= PIECE:
                yield packed
                packed = b""
    yield packed + packing.flush()
