"""Starting and ending processes that work on a database of files."""

import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.faults.engines import JSON

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a process that does not end is a failed test."""


@dataclass(frozen=True, slots=True)
class Life:
    """A process that was born; ``Nursery.end`` says how it ended."""

    number: int
    pid: int


class Nursery:
    """Bears one process after the other.

    Args:
        folder: Of the world that they work in.
        engine: Of the world's database.
    """

    def __init__(self, folder: Path, *, engine: str = JSON) -> None:
        self._folder = folder
        self._engine = engine
        self._number = 0

    def __enter__(self) -> Self:
        self._errors = open(self._folder / "stderr", "wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery", str(self._folder), self._engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
            cwd=ROOT,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._answers = self._process.stdin, self._process.stdout
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._orders.close()
        self._answers.close()
        self._process.kill()
        self._process.wait()
        self._errors.close()

    def bear(
        self, *, rounds: int | None = None, point: tuple[str, int, str] | None = None, serve: bool = False, **route: Any
    ) -> Life:
        """Let a process work.

        Args:
            rounds: Drives, each with new documents; None for ever, 0 for as many as it takes until all have arrived.
            point: Label and number of the call at which it ends itself, and whether before or after it.
            serve: Do not drive, but let others work through it.
            route: What the route's configuration says.
        """
        self._number += 1
        order = {"life": self._number, "rounds": rounds, "point": point, "serve": serve, "route": route}
        self._orders.write(json.dumps(order).encode() + b"\n")
        return Life(self._number, self._answer("born", PATIENCE))

    def ends_within(self, seconds: float) -> bool:
        """Whether the process that was born last ends by itself in that time."""
        return bool(select.select([self._answers], [], [], seconds)[0])

    def kill(self, life: Life) -> None:
        """End the process as a power switch does."""
        os.kill(life.pid, signal.SIGKILL)  # the nursery holds its process id until the next one is born

    def end(self) -> int:
        """Wait until the process that was born last has ended; return its exit status or the number of its signal."""
        return self._answer("ended", PATIENCE)

    def complaints(self) -> str:
        """Return what processes have written on their standard error."""
        return (self._folder / "stderr").read_text(encoding="utf-8", errors="replace")

    def _answer(self, what: str, seconds: float) -> int:
        line = b""
        while not line.endswith(b"\n"):
            assert self.ends_within(seconds), f"no answer {what!r} within {seconds} seconds\n{self.complaints()}"
            piece = os.read(self._answers.fileno(), 1)
            assert piece, f"the nursery is gone\n{self.complaints()}"
            line += piece
        said, number = line.split()
        assert said.decode() == what, line
        return int(number)
