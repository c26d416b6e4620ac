"""Exporting clients from one database into another: what the command line and the web page call."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from databus.database.abstract_database import AbstractDatabase
from databus.database.export import documents
from databus.database.export.conflicts import OnConflict
from databus.database.export.copying import Copying
from databus.database.export.ledger import Ledger, source_id
from databus.database.export.manifest import Manifest, entry_item, item
from databus.database.export.one_client import ClientExport
from databus.database.export.plan import Plan, text
from databus.database.export.progress import ClientResult, Progress
from databus.database.hold import Holding, read_hold
from databus.errors import NotFound, StoreError
from databus.timestamps import utc_now

Clock = Callable[[], datetime]

PATIENCE = 90.0
"""Seconds to wait for drives that are under way; the lease of one that has died ends sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """What an export has done; ``sha256`` is that of the manifest."""

    clients: tuple[ClientResult, ...]
    manifest: Path
    sha256: str


def ignore_progress(progress: Progress) -> None:
    """Tell nobody."""


def export_clients(
    source: AbstractDatabase,
    target: AbstractDatabase,
    client_ids: Sequence[str] = (),
    *,
    manifest: Path,
    on_conflict: OnConflict = OnConflict.STOP,
    patience: float = PATIENCE,
    tell: Callable[[Progress], None] = ignore_progress,
    clock: Clock = utc_now,
) -> ExportResult:
    """Copy clients with everything they have into another database, and verify that it is all there.

    It may be repeated at any time, also after it was killed: what is there already is not written again, and what an
    earlier export has written is brought up to date. While a client is exported, it alone is not driven.

    Args:
        source: Open; it stays as it is, but for plain passwords, which become hashes.
        target: Open, and another database.
        client_ids: Empty for all clients.
        manifest: The file that says what was verified.
        on_conflict: What becomes of what the target has of its own.
        patience: Seconds to wait for drives that are under way.
        tell: Is called with how far it is.
        clock: Gives the present time.

    Raises:
        NotFound: There is no such client.
        ExportConflicts: The target has something of its own; nothing of it was written.
        StoreError: Something cannot be read or written. Repeating the export goes on where it ended.
    """
    there_are = source.clients()
    missing = [client_id for client_id in client_ids if client_id not in there_are]
    if missing:
        raise NotFound(f"there is no client {missing[0]}; there is {', '.join(sorted(there_are)) or 'none'}")
    results = []
    with Manifest(manifest) as writing:
        for client_id in sorted(set(client_ids or there_are)):
            with Plan() as plan, _both_held(source, target, client_id, clock) as (here, there):
                copying = Copying(
                    source=source,
                    target=target,
                    client_id=client_id,
                    on_conflict=on_conflict,
                    plan=plan,
                    ledger=_ledger(source, target, client_id, plan, clock),
                    result=ClientResult(client_id=client_id),
                    tell=tell,
                    check=partial(_check, here, there),
                    clock=clock,
                )
                ClientExport(copying=copying, there=there, patience=patience).run()
                _add_to_manifest(writing, copying)
            results.append(copying.result)
    return ExportResult(clients=tuple(results), manifest=manifest, sha256=writing.sha256)


@contextmanager
def _both_held(
    source: AbstractDatabase, target: AbstractDatabase, client_id: str, clock: Clock
) -> Iterator[tuple[Holding, Holding]]:
    with Holding(source, client_id, by="databus export", clock=clock) as here:
        found, _ = read_hold(target, client_id)
        if found is not None and found.token == here.token:
            raise StoreError("the target is the database that is exported: name another one")
        with Holding(target, client_id, by="databus export into this database", clock=clock) as there:
            yield here, there


def _check(here: Holding, there: Holding) -> None:
    here.check()
    there.check()


def _ledger(source: AbstractDatabase, target: AbstractDatabase, client_id: str, plan: Plan, clock: Clock) -> Ledger:
    origin = source_id(source, client_id, now=clock())
    return Ledger(target, client_id, source=origin, plan=plan, clock=clock)


def _add_to_manifest(manifest: Manifest, copying: Copying) -> None:
    """Write down what was verified, and count it."""
    manifest.add_client(
        copying.client_id, documents=_documents(copying), entries=_entries(copying), logs=_logs(copying)
    )


def _documents(copying: Copying) -> Iterator[str]:
    for name in documents.names(copying.source, copying.client_id):
        here, there = (documents.versions(each, copying.client_id, name) for each in (copying.source, copying.target))
        if here.records == there.records:  # else it was skipped
            copying.result.documents += 1
            yield item({"name": name, "versions": here.records})


def _entries(copying: Copying) -> Iterator[str]:
    for internal_id, record, contents in copying.plan.verified():
        copying.result.entries += 1
        copying.result.attachment_bytes += sum([size for _, size, _ in contents])
        yield entry_item(internal_id, record, [(text(name), size, sha) for name, size, sha in contents])


def _logs(copying: Copying) -> Iterator[str]:
    for created_on, guid, lines, sha in copying.plan.logs():
        copying.result.logs += 1
        yield item({"created_on": created_on, "guid": guid, "lines": lines, "sha256": sha.hex()})
