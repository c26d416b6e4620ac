"""``kill -9`` at random moments and at chosen calls: nothing is lost, nothing is half done, little is done twice."""

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from databus.database.records import State
from tests.faults.checks import check_contents, check_entries, check_index, check_readable, left_over, lost, states
from tests.faults.engines import ENGINES, each_engine
from tests.faults.events import doubtful_pushes, repeats_after_recording
from tests.faults.lives import Nursery
from tests.faults.world import World, all_entries, bad_logs

KILLS = int(os.environ.get("DATABUS_TEST_KILLS", "100")) // len(ENGINES)
EACH = "each"


class _Killer:
    """Lets processes live and kills them: half of them at a random moment, half at a chosen call."""

    def __init__(self, nursery: Nursery, world: World, seed: int) -> None:
        self._nursery = nursery
        self._world = world
        self._random = random.Random(seed)
        self.lives_with_each: set[int] = set()
        self._measure()
        self._points = self._chosen_points()

    def _measure(self) -> None:
        """Let processes live to their ends, so that it is known how long that takes and which calls they make."""
        self.calls: dict[str, int] = {}
        routes: list[dict[str, Any]] = [{}, {"record": EACH, "queue_life_span": 0, "log_life_span": 0}]
        for route in routes:
            began = time.monotonic()
            self._nursery.bear(rounds=2, **route)
            assert self._nursery.end() == 0, self._nursery.complaints()
            self._seconds = time.monotonic() - began
            for label, number in json.loads((self._world.folder / "calls.json").read_text()).items():
                self.calls[label] = max(number, self.calls.get(label, 0))

    def _chosen_points(self) -> Iterator[tuple[str, int, str]]:
        while True:
            labels = sorted(self.calls)
            self._random.shuffle(labels)
            for key in labels:
                label, when = key.split(" ")
                yield label, self._random.randint(1, self.calls[key]), when

    def _route(self) -> dict[str, Any]:
        route: dict[str, Any] = {"queue_life_span": self._random.choice([0, 0, 1]), "log_life_span": 0}
        return {**route, "record": EACH} if self._random.random() < 0.5 else route

    def kill_at_a_moment(self) -> bool:
        route = self._route()
        life = self._nursery.bear(**route)
        self._note(life.number, route)
        if self._nursery.ends_within(self._random.uniform(0, self._seconds)):
            return self._is_killed("by itself")
        self._nursery.kill(life)
        return self._is_killed("at a moment")

    def kill_at_a_call(self) -> bool:
        """Return whether it came to that call."""
        route = self._route()
        point = next(self._points)
        life = self._nursery.bear(rounds=2, point=point, **route)
        self._note(life.number, route)
        return self._is_killed(str(point))

    def _note(self, life: int, route: dict[str, Any]) -> None:
        if "record" in route:
            self.lives_with_each.add(life)

    def _is_killed(self, how: str) -> bool:
        status = self._nursery.end()
        assert status in (0, signal.SIGKILL), f"{how}: {status}\n{self._nursery.complaints()}"
        check_readable(self._world)
        return status == signal.SIGKILL


@pytest.mark.timeout(600)
@each_engine
def test_a_killed_process_loses_nothing(tmp_path: Path, engine: str) -> None:
    seed = int(os.environ.get("DATABUS_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"DATABUS_TEST_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    world = World(tmp_path, engine=engine)
    with Nursery(tmp_path, engine=engine) as nursery:
        killer = _Killer(nursery, world, seed)
        kills = 0
        while kills < KILLS:
            kills += killer.kill_at_a_moment() if kills % 2 else killer.kill_at_a_call()
            if kills % 25 == 0:
                _check_between(world)
        nursery.bear(rounds=0)
        assert nursery.end() == 0, nursery.complaints()
    _check_end(world, killer.lives_with_each, tmp_path / "copy")


def _check_between(world: World) -> None:
    database = world.open()
    entries = all_entries(database)
    check_contents(world, database, entries)
    database.close()
    assert lost(world, entries) == set()


def _check_end(world: World, lives_with_each: set[int], copy: Path) -> None:
    events = world.events.read()
    assert world.events.names("born") - world.events.names("pushed") == set()
    assert world.events.names("wrong") == set()
    assert repeats_after_recording(events) == []
    repeated = {life: names for life, names in doubtful_pushes(events).items() if life in lives_with_each}
    assert {life: names for life, names in repeated.items() if len(names) > 1} == {}
    check_entries(world)
    assert left_over(world) == []
    check_index(world, copy)
    database = world.open()
    assert states(all_entries(database)) <= {State.COMPLETE}
    assert bad_logs(database) == []
    database.close()
