"""Turns: what must happen one after the other, wherever in the process it begins."""

from threading import Lock
from weakref import WeakValueDictionary


class Turns:
    """Locks by name: the same one for all who ask for a name, as long as anybody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, ...], Lock] = WeakValueDictionary()
        self._looking = Lock()

    def of(self, *name: str) -> Lock:
        """Return the lock of that name."""
        with self._looking:
            return self._locks.setdefault(name, Lock())


# One for the process: plug-ins of several routes and clients reach the same folder through objects that are made
# independently, and nobody above them could hand them something in common.
NAMING = Turns()
"""Who looks whether a name on a server is free, and takes it then."""
