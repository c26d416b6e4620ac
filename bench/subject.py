"""Runs one thing in a process of its own and says what it took: memory is only comparable between fresh processes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.engines import run_to_the_end
from bench.large import carry
from databus.__main__ import collect_less_often


def in_own_process(what: str, *arguments: object, folder: Path) -> dict[str, Any]:
    """Run a subject and return what it measured."""
    command = [sys.executable, "-m", "bench.subject", what, str(folder), *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def drive(folder: Path, engine: str, passengers: str) -> dict[str, Any]:
    """Drive so many passengers in one drive."""
    return run_to_the_end(engine, folder, int(passengers)).as_dict()


def large(folder: Path, size: str) -> dict[str, Any]:
    """Carry one file of that size."""
    return carry(folder, int(size))


SUBJECTS: dict[str, Callable[..., dict[str, Any]]] = {"drive": drive, "large": large}

if __name__ == "__main__":
    collect_less_often()
    print(json.dumps(SUBJECTS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])))
