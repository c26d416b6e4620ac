"""Several processes on one database: everything arrives once, also when they are killed."""

import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.faults.events import repeats_after_recording
from tests.integration.several.crowd import Crowd

PARCELS = int(os.environ.get("DATABUS_TEST_CROWD", "2000"))
KILLS = int(os.environ.get("DATABUS_TEST_CROWD_KILLS", "5"))
CLIENTS = 4


def _check(crowd: Crowd) -> None:
    assert crowd.events.names("pushed") == crowd.born
    assert crowd.events.names("wrong") == set()
    assert crowd.events.names("overlap") == set()


@pytest.mark.timeout(900 + PARCELS / 40)
def test_everything_arrives_once(tmp_path: Path, arguments: dict[str, Any]) -> None:
    with Crowd(tmp_path, arguments, lease=60) as crowd:
        for number in range(CLIENTS):
            crowd.configure(f"client{number}", PARCELS // CLIENTS, helped=number == 0)
        worker = crowd.begin("worker")
        starts = [crowd.begin() for _ in range(3)]
        crowd.wait_until_complete()
        events = crowd.events.read()  # a drive that is just ending when its process ends may be repeated by another
        crowd.end()
    _check(crowd)
    assert len([event for event in events if event.what == "pushed"]) == len(crowd.born)
    pullers = [event.life for event in events if event.what == "pull"]
    assert len(pullers) == CLIENTS, "each route is driven once per period"
    assert set(pullers) <= {process.pid for process in starts}
    assert worker.pid in {event.life for event in events if event.what == "pushed"}


@pytest.mark.timeout(600)
def test_what_a_killed_process_had_passes_to_the_others(tmp_path: Path, arguments: dict[str, Any]) -> None:
    seed = int(os.environ.get("DATABUS_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"DATABUS_TEST_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)
    with Crowd(tmp_path, arguments, lease=3) as crowd:
        for number in range(CLIENTS):
            crowd.configure(f"client{number}", PARCELS // CLIENTS)
        kinds = ["start", "start", "start", "worker"]
        processes = [crowd.begin(kind) for kind in kinds]
        for kill in range(1, KILLS + 1):
            crowd.wait_until_pushed(kill * PARCELS // (KILLS + 2))
            victim = chance.randrange(len(kinds))
            assert processes[victim].end(signal.SIGKILL) == -signal.SIGKILL
            processes[victim] = crowd.begin(kinds[victim])
        crowd.wait_until_complete()
        crowd.end()
    _check(crowd)
    assert repeats_after_recording(crowd.events.read()) == []
