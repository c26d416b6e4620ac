"""Waiting for what other processes do."""

import select
import time
from collections.abc import Callable

LIMIT = 300.0
"""Seconds for anything to happen; only a test that fails waits so long."""


def wait_until(is_so: Callable[[], object], complaint: str, *, limit: float = LIMIT, pause: float = 0.05) -> None:
    """Return when something is so. Neither files nor tables can be selected on, so they are looked at often."""
    until = time.monotonic() + limit
    while not is_so():
        assert time.monotonic() < until, complaint
        select.select([], [], [], pause)
