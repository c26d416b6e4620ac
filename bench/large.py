"""One large file, from a folder through the queue to a folder."""

import filecmp
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.engines import fresh
from databus.benchmark.workload import peak_mib, write_config
from databus.dispatcher.client_directory import ClientDirectory
from databus.dispatcher.driving import drive_route
from databus.timestamps import utc_now

CLIENT = "databus-bench"
ROUTE = "databus.passenger.document"
PIECE = bytes(range(256)) * 4096


def carry(folder: Path, size: int) -> dict[str, Any]:
    """Carry a file of that size on json_db; return the seconds and the most memory that it took."""
    with TemporaryDirectory(prefix="databus-bench-", dir=folder) as name, fresh("json_db", folder) as database:
        inbox, outbox = Path(name, "inbox"), Path(name, "outbox")
        inbox.mkdir()
        _write(inbox / "large.bin", size)
        write_config(database, CLIENT, {"passengers": [_route(inbox, outbox)]})
        directory = ClientDirectory(database, {})
        directory.refresh(now=utc_now())
        began = time.perf_counter()
        summary = drive_route(database, directory.get(CLIENT), ROUTE)
        seconds, peak = time.perf_counter() - began, peak_mib()
        if summary.pushed != 1 or not filecmp.cmp(inbox / "large.bin", outbox / "large.bin", shallow=False):
            raise RuntimeError(f"the file did not arrive: {summary}")
        return {"bytes": size, "seconds": seconds, "peak_mib": peak}


def _route(inbox: Path, outbox: Path) -> dict[str, Any]:
    source = {"url": str(inbox), "minimum_age": 0, "when_seated": "keep", "memory": str(inbox.parent / "memory")}
    return {
        "name": ROUTE,
        "pullers": [{"module": "databus.puller.files", "settings": source}],
        "pushers": [{"module": "databus.pusher.files", "settings": {"url": str(outbox)}}],
        "queue_life_span": 1,
    }


def _write(path: Path, size: int) -> None:
    with path.open("wb") as file:
        for _ in range(size // len(PIECE)):
            file.write(PIECE)
        file.write(PIECE[: size % len(PIECE)])
