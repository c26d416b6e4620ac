"""What ``databus export`` does."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from databus.cli.export_progress import progress_shown
from databus.cli.failing import WrongUsage, note
from databus.cli.output import Column, print_json, show
from databus.cli.person import os_user
from databus.cli.reaching import opened
from databus.cli.where import Given, Where, resolve, resolve_target
from databus.client.client import Client
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.export.conflicts import ExportConflicts, OnConflict
from databus.database.export.exporting import ExportResult, export_clients
from databus.database.export.progress import ClientResult
from databus.dispatcher.signals import handling
from databus.errors import DatabusError, StoreError
from databus.operating.audit import write_audit
from databus.operating.export_targets import said_without_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line says, but for the databases."""

    client_ids: tuple[str, ...]
    on_conflict: str
    patience: float
    manifest: str
    as_json: bool


def run_export(given: Given, given_target: Given, wish: Wish) -> None:
    """Export, and say what was done.

    Raises:
        WrongUsage: The target is not named, or is the source.
        StoreError: As ``export_clients``, and where one of the databases cannot be opened.
    """
    where = resolve(given)
    target = resolve_target(given_target, where)
    if where.is_same(target):
        raise WrongUsage(f"{target} is the database that is exported: --to must name another one")
    began = time.monotonic()
    with (
        handling(_end_as_ctrl_c, signal.SIGTERM),
        opened(where, serve=True) as here,
        _target_opened(target) as there,
    ):
        what = f"the export of {', '.join(wish.client_ids) or 'all clients'} to {target}"
        with _audited(here, what, target):
            result = _export(here, there, wish)
    _say(result, wish, seconds=time.monotonic() - began)


@contextmanager
def _target_opened(target: Where) -> Iterator[AbstractDatabase]:
    """Open the target; an error says that it is the target's."""
    with ExitStack() as stack:
        try:
            database = stack.enter_context(opened(target, serve=True, may_be_new=True))
        except StoreError as error:
            raise type(error)(f"the target {target} cannot be opened: {error}") from error
        yield database


@contextmanager
def _audited(here: AbstractDatabase, what: str, target: Where) -> Iterator[None]:
    """Write down how it ended, and nothing before: that would be exported, and change the manifests of a round trip."""
    try:
        yield
    except (DatabusError, KeyboardInterrupt) as error:
        with suppress(StoreError):  # where the database is lost, its own error says so
            reason = said_without_secrets(error, target)
            _write(here, f"{what} {f'failed: {reason}' if str(error) else 'was interrupted'}")
        raise
    _write(here, f"{what} is done")


def _write(here: AbstractDatabase, sentence: str) -> None:
    write_audit(here, Client.ROOT, [sentence], by=os_user(), log=Log())


def _export(here: AbstractDatabase, there: AbstractDatabase, wish: Wish) -> ExportResult:
    with progress_shown() as tell:
        try:
            return export_clients(
                here,
                there,
                wish.client_ids,
                manifest=Path(wish.manifest).absolute(),
                on_conflict=OnConflict(wish.on_conflict),
                patience=wish.patience,
                tell=tell,
            )
        except ExportConflicts:
            raise
        except StoreError as error:
            raise type(error)(f"{error} (run the same command again: it goes on where it was)") from error


def _end_as_ctrl_c(number: int, frame: FrameType | None) -> None:
    """End on SIGTERM as on Ctrl-C, so that clients are driven again at once."""
    raise KeyboardInterrupt


_COLUMNS: list[Column[ClientResult]] = [
    Column("client", lambda client: client.client_id),
    Column("entries", lambda client: client.entries),
    Column("new", lambda client: client.written),
    Column("updated", lambda client: client.updated),
    Column("logs", lambda client: client.logs),
    Column("documents", lambda client: client.documents),
    Column("bytes", lambda client: client.attachment_bytes),
    Column("skipped", lambda client: client.skipped, optional=True),
    Column("out of order", lambda client: client.out_of_order, optional=True),
    Column("only there", lambda client: client.extra, optional=True),
]


def _say(result: ExportResult, wish: Wish, *, seconds: float) -> None:
    if wish.as_json:
        print_json(
            {
                "clients": [_record(client) for client in result.clients],
                "manifest": str(result.manifest),
                "sha256": result.sha256,
                "seconds": round(seconds, 3),
            }
        )
        return
    show(result.clients, _COLUMNS, as_json=False, record=_record)
    note(f"verified; the manifest is {result.manifest} (SHA-256 {result.sha256})")
    if any(client.extra for client in result.clients):
        note("what only the target has stays there")


def _record(client: ClientResult) -> dict[str, Any]:
    values = asdict(client)
    return {"client": values.pop("client_id"), **values}
