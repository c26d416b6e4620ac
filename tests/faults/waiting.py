"""Waiting for what another process does."""

import select
import time

from tests.faults.lives import PATIENCE
from tests.faults.world import World


def wait_for_event(world: World, what: str, life: int, number: int = 1) -> None:
    """Return when so many events of a kind have come in a life.

    Files cannot be selected on, so they are looked at often.
    """
    until = time.monotonic() + PATIENCE
    while sum(event.what == what and event.life == life for event in world.events.read()) < number:
        assert time.monotonic() < until, f"{what} did not come {number} times in life {life}"
        select.select([], [], [], 0.002)
