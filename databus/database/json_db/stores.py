"""The clients that are open: each is opened when it is first used, so that many clients do not delay the start."""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from uuid import uuid4

from databus.database.agreed import client_is_driven
from databus.database.json_db.client_folder import ClientFolder
from databus.database.json_db.client_names import folder_of, make_client_folder
from databus.database.json_db.client_store import ClientStore
from databus.database.json_db.disk import make_folder, remove_tree, sync_folder
from databus.database.json_db.moments import micros
from databus.database.json_db.trouble import store_errors
from databus.errors import StoreError

_TRASH = ".databus-trash"


class _Slot:
    def __init__(self, folder: ClientFolder, background: Executor) -> None:
        self.folder = folder
        self.background = background
        self.lock = threading.Lock()
        self.store: ClientStore | None = None
        self.closed = False


class Stores:
    """Opens and closes clients.

    Args:
        clients: The folder of all clients.
    """

    def __init__(self, clients: str) -> None:
        self._clients = clients
        self._lock = threading.Lock()
        self._slots: dict[str, _Slot] = {}
        self._background: Executor | None = None
        self._end_leases = False

    def open(self, *, end_leases: bool) -> None:
        """Let clients be used.

        Args:
            end_leases: Whether whoever held a lease is gone.
        """
        self._end_leases = end_leases
        make_folder(self._clients)
        remove_tree(f"{self._clients}/{_TRASH}")
        # One thread: what it does is waiting for the disk, and there is only one of that.
        self._background = ThreadPoolExecutor(1, thread_name_prefix="databus-json-db")

    def close(self) -> None:
        """Close every client; the first trouble is raised when all are closed."""
        with self._lock:
            background, self._background = self._background, None
            slots = list(self._slots.values())
            self._slots.clear()
        if background is not None:
            background.shutdown()
        self._close(slots)

    def _close(self, slots: Sequence[_Slot]) -> None:
        trouble: Exception | None = None
        for slot in slots:
            with slot.lock:
                try:
                    if slot.store is not None:
                        slot.store.close()
                except Exception as error:  # noqa: BLE001 - whatever one client's files do, the others are closed
                    trouble = trouble or error
                slot.store, slot.closed = None, True
        if trouble is not None:
            raise trouble

    @contextmanager
    def existing(self, client_id: str) -> Iterator[ClientStore | None]:
        """Give a client that is there, else None; errors within become StoreError."""
        slot = self._slot(client_id)
        with store_errors(slot.folder.path):
            store = self._opened(slot, make=False)
            if store is None:
                yield None
                return
            try:
                with store.index.watching():
                    yield store
            finally:
                store.damage.report()

    @contextmanager
    def made(self, client_id: str) -> Iterator[ClientStore]:
        """Give a client, making its folder if it is not there; errors within become StoreError."""
        slot = self._slot(client_id)
        with store_errors(slot.folder.path):
            store = self._opened(slot, make=True)
            assert store is not None
            with store.index.watching():
                yield store

    def delete(self, client_id: str, now: datetime) -> None:
        """Delete a client; see ``AbstractDatabase.delete_client``."""
        slot = self._slot(client_id)
        with store_errors(slot.folder.path):
            store = self._opened(slot, make=False)
            if store is None:
                return
            with slot.lock:
                _check_free(store, client_id, now)
                slot.store = None
                with suppress(OSError, StoreError):
                    store.close()
                self._remove(slot.folder)

    def _remove(self, folder: ClientFolder) -> None:
        trash = f"{self._clients}/{_TRASH}/{uuid4()}"
        make_folder(os.path.dirname(trash))
        os.rename(folder.path, trash)
        sync_folder(self._clients)
        remove_tree(trash)

    def _slot(self, client_id: str) -> _Slot:
        with self._lock:
            if self._background is None:
                raise self._not_open()
            slot = self._slots.get(client_id)
            if slot is None:
                slot = self._slots[client_id] = _Slot(folder_of(self._clients, client_id), self._background)
            return slot

    def _opened(self, slot: _Slot, *, make: bool) -> ClientStore | None:
        store = slot.store
        if store is not None and store.is_usable():
            return store
        with slot.lock:
            if slot.store is not None and not slot.store.is_usable():
                store, slot.store = slot.store, None
                store.close()
            if slot.store is None:
                if slot.closed:  # since it was looked up
                    raise self._not_open()
                if make:
                    make_client_folder(slot.folder)
                elif not os.path.isdir(slot.folder.path):
                    return None
                slot.store = ClientStore(slot.folder, slot.background, end_leases=self._end_leases)
            return slot.store

    def _not_open(self) -> StoreError:
        return StoreError(f"The database in {os.path.dirname(self._clients)} is not open")


def _check_free(store: ClientStore, client_id: str, now: datetime) -> None:
    with store.index.reading() as connection:
        held = connection.execute(
            "SELECT 1 FROM entry INDEXED BY entry_lease WHERE lease IS NOT NULL AND lease > ?", (micros(now),)
        ).fetchone()
    if held is not None:
        raise client_is_driven(client_id)
