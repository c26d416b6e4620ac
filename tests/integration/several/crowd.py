"""Several processes that work on one database."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from databus.database.abstract_database import AbstractDatabase
from databus.database.sql_db.sql_database import SqlDatabase
from databus.timestamps import utc_now
from tests.faults.events import Events
from tests.integration.several.waiting import LIMIT, wait_until

ROOT = Path(__file__).parents[3]
PLUGINS = "tests.integration.several.plugins"
HOUR = 60.0
"""Minutes between two drives: in a test's life it is one."""

SLOWEST = 50
"""Parcels that arrive in a second on the slowest of machines, whose disk syncs each."""


class Process:
    """A running process and what it says."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._log = log
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(command, cwd=ROOT, stderr=stderr)
        self.pid = self._process.pid

    @property
    def said(self) -> str:
        """What it has said until now."""
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, part: str, *, times: int = 1) -> None:
        """Return when it has said this."""
        wait_until(lambda: self.said.count(part) >= times or not self.is_alive, f"it did not say {part!r}")
        assert self.said.count(part) >= times, self.said

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def end(self, number: signal.Signals) -> int:
        """Send a signal; return the exit code."""
        self._process.send_signal(number)
        return self._process.wait(LIMIT)


class Crowd:
    """Clients, each with a depot of parcels, on one database, and the processes that drive them.

    Args:
        folder: Where they say what happens.
        arguments: Of the database.
        lease: Seconds that the work of a killed process waits.
    """

    def __init__(self, folder: Path, arguments: Mapping[str, Any], *, lease: float) -> None:
        self.folder = folder
        self.arguments = dict(arguments)
        self.events = Events(folder / "events")
        self.born: set[str] = set()
        self._lease = lease
        self._processes: list[Process] = []
        self.database: AbstractDatabase = SqlDatabase(self.arguments)
        self.database.open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            if process.is_alive:
                process.end(signal.SIGKILL)
            if error is not None:
                sys.stderr.write(f"--- {process.pid}\n{process.said[-5000:]}")
        self.database.close()

    def configure(self, client: str, number: int, *, sync_frequency: float = HOUR, **depot: Any) -> None:
        """Save a client with so many parcels."""
        settings = {"folder": str(self.folder), "name": client, "number": number, **depot}
        route = {
            "name": f"{PLUGINS}.parcel",
            "pullers": [{"module": f"{PLUGINS}.depot", "settings": settings}],
            "pushers": [{"module": f"{PLUGINS}.addressee", "settings": {"folder": str(self.folder)}}],
            "sync_frequency": sync_frequency,
            "queue_life_span": 1,
        }
        content = json.dumps({"passengers": [route]}).encode()
        self.database.write_document(client, "config.json", content, expected=None, by="", now=utc_now())
        self.born |= {f"{client}-{index}" for index in range(number)}

    def begin(self, kind: str = "start") -> Process:
        """Start a process; return when it works."""
        arguments = json.dumps({**self.arguments, "folder": str(self.folder)})
        command = [sys.executable, "-m", "tests.integration.several.process", kind, str(self._lease), arguments]
        process = Process(command, self.folder / f"stderr-{len(self._processes)}")
        self._processes.append(process)
        process.wait_for("runs; Ctrl-C ends it")
        return process

    def number_pushed(self) -> int:
        """Return how many pushes there were."""
        return sum(event.what == "pushed" for event in self.events.read())

    def wait_until_pushed(self, number: int) -> None:
        """Return when there were so many pushes."""
        wait_until(lambda: self.number_pushed() >= number, f"less than {number} pushes")

    def wait_until_complete(self) -> None:
        """Return when everything has arrived, and the database knows it."""
        limit = LIMIT + len(self.born) / SLOWEST
        wait_until(lambda: self.complete() == len(self.born), "not everything arrives", limit=limit, pause=0.5)

    def complete(self) -> int:
        """Return how many passengers are complete."""
        clients = self.database.clients()
        return sum(each.complete for client in clients for each in self.database.counts(client, now=utc_now()))

    def end(self) -> None:
        """End all processes in order."""
        for process in self._processes:
            if process.is_alive:
                assert process.end(signal.SIGTERM) == 0, process.said
                assert "Traceback" not in process.said
