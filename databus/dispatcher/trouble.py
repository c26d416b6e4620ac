"""What keeps a dispatcher from its work: told once, and once that it is over."""

import logging
import random
import time

from databus.errors import StoreUnreachable

LONGEST_PAUSE = 10.0
"""Seconds between two tries of a database that does not answer."""

_logger = logging.getLogger("databus")


class Trouble:
    """Remembers what was told."""

    def __init__(self) -> None:
        self._told = ""
        self._since = 0.0
        self._times = 0

    def note(self, error: Exception, sentence: str) -> None:
        """Something failed: tell it, unless it is what was told last."""
        # A server that goes says so in a new way each time: shutting down, connection lost, refused, starting up.
        told = StoreUnreachable.__name__ if isinstance(error, StoreUnreachable) else sentence
        if told != self._told:
            _logger.error("%s", sentence, exc_info=_logger.isEnabledFor(logging.DEBUG))
        if not self._told:
            self._since = time.monotonic()
        self._told = told
        self._times += 1

    def is_over(self) -> None:
        """It works: tell it, if it did not before."""
        if self._told:
            what = "The database is back" if self._told == StoreUnreachable.__name__ else "That is over"
            _logger.info("%s after %.0f seconds", what, time.monotonic() - self._since)
        self._told, self._times = "", 0

    def pause(self, usual: float) -> float:
        """Return the seconds to wait until the next try: longer each time, and not the same in every process."""
        if self._told != StoreUnreachable.__name__:
            return usual
        longer = usual * 2.0 ** min(self._times - 1, 10)
        return min(longer, LONGEST_PAUSE) * random.uniform(0.75, 1.25)  # noqa: S311 - it scatters, nothing more
