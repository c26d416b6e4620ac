"""Few look at sources at the same time: one that hangs must not take the threads that make the pages of everybody."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from databus.errors import DatabusError

MOST_OF_CLIENT = 2
"""Looks at the sources of one client."""

MOST = 6
"""Looks of all clients: a small part of the threads of the web page."""


class SourcesBusy(DatabusError):
    """Others look at sources, and those take their time."""


class Peeks:
    """The looks at sources that are under way in this process."""

    def __init__(self, most: int = MOST, most_of_client: int = MOST_OF_CLIENT) -> None:
        self._most = most
        self._most_of_client = most_of_client
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def one(self, client_id: str) -> Iterator[None]:
        """Look at sources of a client; nobody waits for that.

        Raises:
            SourcesBusy: So many look already.
        """
        self._begin(client_id)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= Counter([client_id])  # which keeps no zeros, of clients that are gone

    def _begin(self, client_id: str) -> None:
        with self._lock:
            if self._under_way[client_id] >= self._most_of_client or self._under_way.total() >= self._most:
                raise SourcesBusy("Others look at sources just now, and that takes its time: try again in a moment.")
            self._under_way[client_id] += 1
