"""What it takes to import Databus, to ask for help, and to come from nothing to the first drive."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.figures import Figure, at_most
from bench.sizes import Sizes

SECTION = "Start"
PATIENCE = 30.0
DATABUS = (sys.executable, "-m", "databus")


def measure(sizes: Sizes) -> Iterator[Figure]:
    bare, imported, helped = [], [], []
    for _ in range(sizes.starts + 1):
        bare.append(_cpu(sys.executable, "-c", "pass"))
        imported.append(_cpu(sys.executable, "-c", "import databus"))
        helped.append(_cpu(*DATABUS, "--help"))
    own = tuple(max(0.0, (one - other) * 1000) for one, other in zip(imported[1:], bare[1:], strict=True))
    yield Figure(
        section=SECTION,
        name="import databus",
        unit="ms CPU",
        values=own,
        target=at_most(50),
        note="beyond what Python itself takes to start",
    )
    yield Figure(section=SECTION, name="databus --help", unit="s CPU", values=tuple(helped[1:]), target=at_most(0.3))
    firsts = tuple(_to_first_drive(sizes.folder) for _ in range(sizes.starts))
    yield Figure(section=SECTION, name="start to first drive", unit="s", values=firsts, target=at_most(1))


def _cpu(*command: str) -> float:
    """Return the CPU seconds of a command that succeeds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _to_first_drive(folder: Path) -> float:
    """Return the seconds from starting on a fresh data folder until the log of the first drive is on disk."""
    with TemporaryDirectory(prefix="databus-bench-", dir=folder) as place:
        data = Path(place, "data")
        silent: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
        subprocess.run([*DATABUS, "init", str(data)], check=True, cwd=place, env=environment, **silent)
        began = time.perf_counter()
        process = subprocess.Popen(
            [*DATABUS, "start", "--port", "0", "--data", str(data)], cwd=place, env=environment, **silent
        )
        try:
            return _first_log(process, data / "json_db/clients/demo/log") - began
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _first_log(process: "subprocess.Popen[bytes]", logs: Path) -> float:
    """Wait for a log, which is written when its drive is over; return when it was there."""
    until = time.perf_counter() + PATIENCE
    while time.perf_counter() < until:
        if any(logs.glob("*.json")):
            return time.perf_counter()
        if process.poll() is not None:
            raise RuntimeError(f"databus start ended with code {process.returncode}")
        time.sleep(0.005)
    raise RuntimeError(f"databus start drove nothing within {PATIENCE:g} seconds")
