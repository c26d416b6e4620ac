"""Whoever lists the queue while it is driven sees every seated passenger every time."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from databus.database.abstract_database import AbstractDatabase
from databus.database.remote.server import DatabaseServer
from tests.faults.engines import each_engine
from tests.faults.lives import PATIENCE, ROOT
from tests.faults.reader import missed
from tests.faults.world import World, all_entries

DRIVES = 12
DOCUMENTS = 25


class _Looker(threading.Thread):
    """Lists the queue in the process that drives it."""

    def __init__(self, world: World, database: AbstractDatabase) -> None:
        super().__init__()
        self.stop = threading.Event()
        self.looks = 0
        self.missed: set[str] = set()
        self._world = world
        self._database = database

    def run(self) -> None:
        """Look until told to stop."""
        while not self.stop.is_set():
            self.missed |= missed(self._world, lambda: {entry.external_id for entry in all_entries(self._database)})
            self.looks += 1


@contextmanager
def _another_process(world: World) -> Iterator[dict[str, Any]]:
    """Let another process look; at the end it has told what it missed."""
    told: dict[str, Any] = {}
    command = [sys.executable, "-m", "tests.faults.reader", str(world.folder), world.engine]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as reader:
        try:
            yield told
        finally:
            answer, _ = reader.communicate(b"stop\n", timeout=PATIENCE)
    told.update(json.loads(answer))


@each_engine
def test_nobody_misses_a_seated_passenger(tmp_path: Path, engine: str) -> None:
    world = World(tmp_path, engine=engine)
    database = world.open()
    known = world.configure(database)
    looker = _Looker(world, database)
    with DatabaseServer(database, folder=world.owned), _another_process(world) as told:
        looker.start()
        for number in range(DRIVES):
            world.feed(DOCUMENTS, number * DOCUMENTS)
            assert world.drive(database, known).is_clean
        looker.stop.set()
        looker.join(PATIENCE)
    database.close()
    assert len(world.events.names("pushed")) == DRIVES * DOCUMENTS
    assert looker.missed == set()
    assert (told["remote"], told["files"]) == ([], [])
    assert looker.looks > 1
    assert told["looks"] > 1
