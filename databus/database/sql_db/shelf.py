"""Entries that are in work here, so that neither a claim nor an outcome need read what this process knows."""

from collections.abc import Iterable
from threading import Lock

from msgspec import Struct

from databus.database.records import Entry

_REMEMBERED = 10_000
"""So many entries that were seated or claimed last are held in memory; that is some 30 MiB."""


class Held(Struct, frozen=True, gc=False):
    """An entry without its lease, with the version and the fence that it had."""

    entry: Entry
    version: int
    fence: int


class Shelf:
    """Remembers entries that wait or are claimed.

    Where several processes work, an entry is only good together with its version and its fence in the database: the
    version changes when anybody but the drive that has claimed the entry changes it, the fence with each claim. The
    outcomes of that drive change neither, so whoever records takes the entry out, and puts it back when its transaction
    has ended: another thread that records finds nothing here meanwhile, and reads.

    Where this process works alone, one transaction follows the other. What is held is brought up to date before the
    transaction ends that changes the entry, so whoever writes next finds it true; a transaction that fails forgets.

    Args:
        alone: Whether no other process works on the database, so that what is held is true as it is.
    """

    def __init__(self, *, alone: bool) -> None:
        self.alone = alone
        self._held: dict[int, Held] = {}
        self._ids: dict[tuple[str, str], int] = {}
        self._lock = Lock()

    def remember(self, *entries: Held) -> None:
        """Hold entries as they are stored now."""
        with self._lock:
            for held in entries:
                entry = held.entry
                if self._held.pop(entry.sequence, None) is None:
                    self._ids[entry.client_id, entry.internal_id] = entry.sequence
                self._held[entry.sequence] = held  # at the end, where the newest are
            while len(self._held) > _REMEMBERED:
                self._forget(next(iter(self._held)))

    def of_id(self, queue_id: int) -> Held | None:
        """Return an entry, if it is held."""
        return self._held.get(queue_id)

    def of_keys(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Held]:
        """Return those of the entries that are held, by client and internal id."""
        ids, held = self._ids, self._held
        return {key: each for key in keys if (each := held.get(ids.get(key, 0))) is not None}

    def taken(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Held]:
        """Return those of the entries that are held, by client and internal id, and hold them no longer."""
        with self._lock:
            found = self.of_keys(keys)
            for held in found.values():
                self._forget(held.entry.sequence)
        return found

    def forget(self, *queue_ids: int) -> None:
        """Hold entries no longer."""
        with self._lock:
            for queue_id in queue_ids:
                self._forget(queue_id)

    def _forget(self, queue_id: int) -> None:
        held = self._held.pop(queue_id, None)
        if held is not None:
            key = held.entry.client_id, held.entry.internal_id
            if self._ids.get(key) == queue_id:  # else it was seated anew
                del self._ids[key]
