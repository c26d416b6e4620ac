"""A process that bears others, each of which works on a database of files until it is killed.

It is started with ``python -m tests.faults.nursery FOLDER ENGINE``. For each line of orders on the standard input a
process is forked, which has everything imported and begins its work at once. Its process id, and later how it ended,
are said on the standard output. The dead are held until the next order, so that no process id is ever another's.
"""

import json
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from databus.client import config_loader  # noqa: F401 - so that it is imported before the children are born
from databus.database.remote.server import DatabaseServer
from databus.driver import primal_driver  # noqa: F401 - as above
from tests.faults.calls import Call, watching
from tests.faults.plugins import change, source, target  # noqa: F401 - as above
from tests.faults.world import World

FED = 9
"""Documents that come to the source before each drive."""


def live(folder: Path, engine: str, order: dict[str, Any]) -> None:
    """Work as ordered: ``rounds`` of drives, or until everything has arrived."""
    world = World(folder, order["life"], engine=engine)
    with _dying_at(world, order):
        database = world.open()
        world.events.add("opened", "database")
        if order["serve"]:
            _serve(world, database)
            return
        known = world.configure(database, **order["route"])
        for number in count() if order["rounds"] is None else range(order["rounds"]):
            world.feed(FED, number * FED)
            summary = world.drive(database, known)
            assert summary.is_clean, summary
        if order["rounds"] == 0:
            world.drive_until_idle(database, known)
        database.close()


def _serve(world: World, database: Any) -> None:
    with DatabaseServer(database, folder=world.owned):
        world.events.add("serving", "database")
        signal.pause()


@contextmanager
def _dying_at(world: World, order: dict[str, Any]) -> Iterator[None]:
    """Count all calls by label into a file, and die at the one that is ordered, before or after it."""
    calls: Counter[str] = Counter()
    label, number, when = order["point"] or ("", 0, "")

    def strike(call: Call, moment: str) -> None:
        calls[f"{call.label} {moment}"] += 1
        if (call.label, moment) == (label, when) and calls[f"{label} {when}"] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    with watching(world.path, lambda call: strike(call, "before"), lambda call: strike(call, "after")):
        yield
    (world.folder / "calls.json").write_text(json.dumps(calls), encoding="utf-8")


def bear(folder: Path, engine: str, order: dict[str, Any]) -> int:
    """Fork a process that lives as ordered; return its process id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        live(folder, engine, order)
        status = 0
    except BaseException:  # noqa: BLE001 - the border of the process: nobody else would tell
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    """Take orders until there are no more."""
    folder, engine = Path(sys.argv[1]), sys.argv[2]
    dead: list[int] = []
    for line in sys.stdin:
        while dead:
            os.waitpid(dead.pop(), 0)
        dead.append(bear(folder, engine, json.loads(line)))
        _say("born", dead[0])
        ended = os.waitid(os.P_PID, dead[0], os.WEXITED | os.WNOWAIT)
        assert ended is not None
        _say("ended", ended.si_status)


def _say(what: str, number: int) -> None:
    sys.stdout.write(f"{what} {number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
