"""The entries of a route that have something left to run, in the order of their sequence."""

from bisect import bisect_right, insort
from collections.abc import Iterator


class Unsettled:
    """A sorted set of sequences whose front is left behind quickly: nothing in it is looked at twice by one drive.

    Sequences that have settled stay in the list until they are the most of it, so that leaving costs nothing.
    """

    def __init__(self) -> None:
        self._order: list[int] = []
        self._alive: dict[int, str] = {}

    def add(self, sequence: int, internal_id: str) -> None:
        """Let an entry be found; it may be in already."""
        if not self._listed(sequence):
            insort(self._order, sequence)
        self._alive[sequence] = internal_id

    def discard(self, sequence: int) -> None:
        """Let an entry be found no more; it may be gone already."""
        self._alive.pop(sequence, None)
        if len(self._order) > 2 * len(self._alive) + 100:
            self._order = sorted(self._alive)

    def after(self, sequence: int) -> Iterator[str]:
        """Yield the internal ids above a sequence, lowest sequence first."""
        for place in range(bisect_right(self._order, sequence), len(self._order)):
            internal_id = self._alive.get(self._order[place])
            if internal_id is not None:
                yield internal_id

    def _listed(self, sequence: int) -> bool:
        place = bisect_right(self._order, sequence)
        return place > 0 and self._order[place - 1] == sequence
