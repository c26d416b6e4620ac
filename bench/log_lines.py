"""What a line of a log costs, from a plug-in's call to the file."""

import time
from collections.abc import Iterator

from bench.engines import fresh
from bench.figures import Figure
from bench.sizes import Sizes
from databus.client.log import Log
from databus.driver.log_writer import LogWriter

SECTION = "Log"
REPEATS = 5


def measure(sizes: Sizes) -> Iterator[Figure]:
    appended, written = [], []
    for _ in range(REPEATS):
        log = Log()
        appended.append(_cpu_of_appending(log, sizes.lines) / sizes.lines * 1e6)
        written.append(appended[-1] + _cpu_of_writing(log, sizes) / sizes.lines * 1e6)
    unit = "µs CPU per line"
    yield Figure(section=SECTION, name="append_text of a plug-in", unit=unit, values=tuple(appended))
    yield Figure(section=SECTION, name="append_text and written by json_db", unit=unit, values=tuple(written))


def _cpu_of_appending(log: Log, lines: int) -> float:
    began = time.process_time()
    for number in range(lines):
        log.append_text(f"This is line {number}, as a plug-in may write it")
    return time.process_time() - began


def _cpu_of_writing(log: Log, sizes: Sizes) -> float:
    with fresh("json_db", sizes.folder) as database:
        writer = LogWriter(database, log, client_id="bench", passenger_module="", secrets=frozenset())
        began = time.process_time()
        writer.flush()
        return time.process_time() - began
