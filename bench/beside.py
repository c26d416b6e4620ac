"""What a drive and a question cost beside many complete entries."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from bench.engines import fresh, sql_engines
from bench.figures import Figure, at_most, ratios
from bench.sizes import BATCH, Sizes
from databus.benchmark.workload import CLIENT, PASSENGER, configure
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, NewEntry, QueueQuery, Step
from databus.dispatcher.driving import drive_route
from databus.passenger.attachment import Attachment
from databus.passenger.ordered_ids import time_ordered_number
from databus.pqueue.outcome import NOTIFY, StepKind
from databus.pqueue.queue_status import QueueStatus
from databus.timestamps import utc_now

SECTION = "Beside complete entries"
FIRST_NEW = 10**9

Timed = Callable[[AbstractDatabase, int, int], float]
"""Given a database, how many complete entries it has, and the number of the run; returns seconds."""


def measure(sizes: Sizes) -> Iterator[Figure]:
    yield from _measure_engine("json_db", sizes.beside, sizes)
    for engine in sql_engines():
        yield from _measure_engine(engine, sizes.beside_sql, sizes)


def _measure_engine(engine: str, counts: tuple[int, int, int], sizes: Sizes) -> Iterator[Figure]:
    none, some, many = counts
    with ExitStack() as stack:
        databases = {}
        for entries in counts:
            databases[entries] = stack.enter_context(fresh(engine, sizes.folder))
            _fill(databases[entries], entries)
            _analyze(databases[entries])
        os.sync()  # what was written to fill them is not to be measured
        for name, timed, few in (
            ("an idle drive", _idle_drive, none),
            ("a drive of one new passenger", _new_passenger, none),
            ("a page of 50", _page, some),
            ("a search by external id", _search, some),
            ("counts", _counts, some),
        ):
            yield from _compare(f"{engine}, {name}", timed, databases, few, many, sizes.questions)


def _analyze(database: AbstractDatabase) -> None:
    """Let a server look at its tables now, which it does by itself a minute after they were filled."""
    store = getattr(database, "_store", None)
    if store is not None and store.transactions.dialect == "postgresql":
        with store.transactions.connection(writing=True) as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()


def _compare(
    name: str, timed: Timed, databases: dict[int, AbstractDatabase], few: int, many: int, repeats: int
) -> Iterator[Figure]:
    seconds: dict[int, list[float]] = {few: [], many: []}
    for number in range(repeats + 1):
        for entries, values in seconds.items():
            values.append(timed(databases[entries], entries, number))
    for entries, values in seconds.items():
        del values[0]  # the first one warms up
        milliseconds = tuple(each * 1000 for each in values)
        yield Figure(section=SECTION, name=f"{name}, beside {entries:,}", unit="ms", values=milliseconds)
    yield Figure(
        section=SECTION,
        name=f"{name}, beside {many:,} / beside {few:,}",
        unit="×",
        values=ratios(seconds[many], seconds[few]),
        target=at_most(2),
    )


def _fill(database: AbstractDatabase, entries: int) -> None:
    configure(database, 0)
    for start in range(0, entries, BATCH):
        database.seat([complete_entry(number) for number in range(start, min(start + BATCH, entries))])


def complete_entry(number: int, *, is_complete: bool = True) -> NewEntry:
    """Return a passenger that is through, or one that is due."""
    hour_ago = utc_now() - timedelta(hours=1)
    modules = {
        StepKind.PROCESS: ("databus.benchmark.processor_1", "databus.benchmark.processor_2"),
        StepKind.PUSH: ("databus.benchmark.pusher",),
    }
    notify = Step(kind=StepKind.NOTIFY, module="databus.benchmark.puller", name=NOTIFY)
    steps = (notify, *(Step(kind=kind, module=each, name=each) for kind in modules for each in modules[kind]))
    entry = Entry(
        client_id=CLIENT,
        passenger_module=PASSENGER,
        internal_id=str(UUID(int=time_ordered_number(time.time_ns()))),
        source_system="workload",
        external_id=_external_id(number),
        seated_as=("workload", _external_id(number)),
        puller_module="databus.benchmark.puller",
        puller_name="databus.benchmark.puller",
        pull_datetime=hour_ago,
        steps=steps,
    )
    if is_complete:
        done = tuple(replace(step, status=QueueStatus.complete, changed_on=hour_ago) for step in steps)
        entry = replace(entry, steps=done, completed_on=hour_ago)
    return NewEntry(entry=entry, attachments=[Attachment("document.txt", text_content="x" * 1024)])


def _external_id(number: int) -> str:
    return f"INVOICE-2026-{number:07}"


def _idle_drive(database: AbstractDatabase, entries: int, number: int) -> float:
    return _drive(database, 0, 0)


def _new_passenger(database: AbstractDatabase, entries: int, number: int) -> float:
    return _drive(database, 1, FIRST_NEW + number)


def _drive(database: AbstractDatabase, passengers: int, first: int) -> float:
    known = configure(database, passengers, first=first)
    began = time.perf_counter()
    summary = drive_route(database, known, PASSENGER)
    seconds = time.perf_counter() - began
    if summary.pushed != passengers or not summary.is_clean:
        raise RuntimeError(f"the measurement is void: {summary}")
    return seconds


def _page(database: AbstractDatabase, entries: int, number: int) -> float:
    return _find(database, QueueQuery(client_id=CLIENT), 50)


def _search(database: AbstractDatabase, entries: int, number: int) -> float:
    wanted = _external_id(entries * (number + 1) // 100)
    return _find(database, QueueQuery(client_id=CLIENT, search=wanted), 1)


def _find(database: AbstractDatabase, query: QueueQuery, expected: int) -> float:
    began = time.perf_counter()
    page = database.find(query, now=utc_now())
    seconds = time.perf_counter() - began
    if len(page.items) != expected:
        raise RuntimeError(f"{query} found {len(page.items)}, not {expected}")
    return seconds


def _counts(database: AbstractDatabase, entries: int, number: int) -> float:
    began = time.perf_counter()
    counts = database.counts(CLIENT, now=utc_now())
    seconds = time.perf_counter() - began
    if counts[0].complete < entries:
        raise RuntimeError(f"{counts} are too few")
    return seconds
