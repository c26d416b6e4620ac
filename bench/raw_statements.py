"""The statements that sql_db sends for workload W, without Databus: the same rows, in the same transactions.

For each batch of 256 passengers: one transaction that looks for duplicates and inserts the rows of queue, lease, steps
and attachment; one that claims; four that complete a step each, the last of them also the entry; one that gives back.
The log gets a line for each passenger. Everything goes through the server's own Python driver, in the form that is
fastest there, which is also the one that sql_db uses: rows that differ in their ids only are one statement about a set
of ids, what is the same in all rows is sent once, and an update sends the columns that change. What happens to a batch
happens at one time, as it does in a drive within 10 ms. Nothing is locked, or read again to be compared.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy import Table as SqlTable

from bench.engines import place
from bench.raw_senders import SENDERS, Own, RowByRow
from bench.sizes import BATCH
from databus.benchmark.workload import CLIENT, PASSENGER, Measurement, peak_mib
from databus.database.opening import owned_database
from databus.database.sql_db.engine import make_engine
from databus.database.sql_db.entry_rows import EARLIEST_STORED
from databus.database.sql_db.parts import parts_of
from databus.database.sql_db.sql_database_arguments import target_of
from databus.database.sql_db.tables import Tables
from databus.passenger.ordered_ids import time_ordered_number

LINES_PER_FLUSH = 1000
ORIGIN = blake2b(f"{CLIENT} {PASSENGER} workload".encode(), digest_size=16).digest() + b"\1"
STEPS = (("queue_notification", 0), ("queue_processor", 0), ("queue_processor", 1), ("queue_pusher", 0))

STEP = {
    "module": "databus.benchmark.processor_1", "name": "databus.benchmark.processor_1", "status": "incomplete",
    "attempts": 0, "last_error": "", "due_on": None, "dead": False, "changed_on": None,
}  # fmt: skip
ATTACHMENT = {"number": 0, "position": 0, "name": "document.txt", "format": "text", "size": 1024}


def measure(engine: str, folder: Path, passengers: int, *, row_by_row: bool = False) -> Measurement:
    """Send what workload W of so many passengers sends, to empty tables.

    Args:
        row_by_row: One plain statement for each row, as anybody would write them, instead of sets of rows.
    """
    with place(engine, folder) as (module, arguments):
        with owned_database(module, arguments, serve=False):
            pass  # the tables are there now
        target = target_of(arguments)
        with _Raw(make_engine(target), Tables(target.schema), row_by_row=row_by_row).opened() as raw:
            began, cpu_began = time.perf_counter(), time.process_time()
            raw.run(passengers)
        # Behind the block: what a database does when it is closed counts, as it does with Databus.
        return Measurement(passengers, time.perf_counter() - began, time.process_time() - cpu_began, peak_mib())


class _Raw:
    def __init__(self, engine: Engine, tables: Tables, *, row_by_row: bool) -> None:
        self._engine = engine
        self._sender = RowByRow if row_by_row else SENDERS[engine.dialect.name]
        self._tables = tables
        self._dialect = engine.dialect.name

    @contextmanager
    def opened(self) -> Iterator["_Raw"]:
        connection = self._engine.raw_connection()
        try:
            self._connection = connection
            self._cursor = connection.cursor()
            self._send = self._sender(self._cursor, self._engine.dialect)
            yield self
        finally:
            connection.close()
            self._engine.dispose()

    def run(self, passengers: int) -> None:
        batches = [range(start, min(start + BATCH, passengers)) for start in range(0, passengers, BATCH)]
        for batch in batches:
            self._transaction(partial(self._seat, batch))
        for batch in batches:
            self._work(batch)
        for start in range(0, passengers, LINES_PER_FLUSH):
            lines = range(start, min(start + LINES_PER_FLUSH, passengers))
            self._transaction(partial(self._say, lines))

    def _transaction(self, work: Callable[[], None]) -> None:
        if self._dialect == "sqlite":
            self._cursor.execute("BEGIN IMMEDIATE")
        work()
        self._connection.commit()

    def _seat(self, batch: range) -> None:
        tables = self._tables
        numbers = [number + 1 for number in batch]
        ids = [str(UUID(int=time_ordered_number(time.time_ns()))) for _ in batch]
        external = [str(number) for number in batch]
        identities = [ORIGIN + each.encode() for each in external]
        self._send.look(tables.queue, {"identity": identities, "internal_folded": ids})
        own: Own = {
            "id": numbers, "internal_id": ids, "internal_folded": ids, "identity": identities,
            "external_id": external, "external_folded": external,
        }  # fmt: skip
        self._send.insert(tables.queue, own, self._queue())
        no_lease = {"owner": "", "until": None, "fence": 0, "version": 0}
        self._send.insert(tables.queue_lease, {"queue_id": numbers}, no_lease)
        for name, position in STEPS:
            self._send.insert(self._table(name), {"queue_id": numbers}, {"position": position, **STEP})
        contents: Own = {"queue_id": numbers, "content": [b"x" * 1024 for _ in batch]}
        self._send.insert(tables.queue_attachment, contents, ATTACHMENT)
        if self._dialect == "sqlite":
            words = list(zip(numbers, external, strict=True))
            self._cursor.executemany("INSERT INTO queue_words (rowid, external) VALUES (?, ?)", words)
        if self._dialect == "mariadb":
            parts = [(number, part) for number, each in zip(numbers, external, strict=True) for part in parts_of(each)]
            self._send.insert_each(
                tables.queue_part, {"queue_id": [each[0] for each in parts], "part": [each[1] for each in parts]}, {}
            )

    def _work(self, batch: range) -> None:
        lease = self._tables.queue_lease
        numbers = {"queue_id": [number + 1 for number in batch]}
        held = {"owner": "drive", "until": self._time(timedelta(minutes=1)), "fence": 1}
        self._transaction(lambda: self._send.update(lease, numbers, held, {}))
        for name, position in STEPS[:-1]:
            self._transaction(partial(self._complete, name, position, numbers))
        self._transaction(partial(self._push, numbers))
        free = {"owner": "", "until": None}
        self._transaction(lambda: self._send.update(lease, numbers, free, {}))

    def _complete(self, name: str, position: int, numbers: Own) -> None:
        done = {"status": "complete", "attempts": 1, "changed_on": self._time()}
        self._send.update(self._table(name), numbers, done, {"position": position})

    def _push(self, numbers: Own) -> None:
        self._complete(*STEPS[-1], numbers)
        ended = dict.fromkeys(("settled_on", "completed_on"), self._time())
        done = {"state": "complete", "runnable": False, "due_on": None, **ended}
        self._send.update(self._tables.queue, {"id": numbers["queue_id"]}, done, {})

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _table(self, name: str) -> SqlTable:
        schema = self._tables.metadata.schema
        return self._tables.metadata.tables[f"{schema}.{name}" if schema else name]

    def _queue(self) -> dict[str, Any]:
        now = self._time()
        return {
            "client_id": CLIENT, "passenger_module": PASSENGER, "puller_module": "databus.benchmark.puller",
            "puller_name": "databus.benchmark.puller", "pull_datetime": now, "full_names": None,
            "source_system": "workload", "seated_as": None, "state": "waiting", "runnable": True,
            "due_on": self._moment(EARLIEST_STORED), "settled_on": now, "completed_on": None,
            "log_guids": '["4adbcd22-0f07-4f2e-8a0f-692b2b1ef9b8"]',
        }  # fmt: skip

    def _say(self, numbers: range) -> None:
        own: Own = {
            "number": list(numbers), "timestamp": [self._time() for _ in numbers],
            "message": [f"Seated workload - {number} (4adbcd22-0f07-4f2e-8a0f-692b2b1ef9b8)" for number in numbers],
        }  # fmt: skip
        self._send.insert(self._tables.log_item, own, {"log_id": 1, "type": 1, "source": "databus.pqueue.primal_queue"})

    def _time(self, later: timedelta = timedelta(0)) -> Any:
        return self._moment(datetime.now(UTC) + later)

    def _moment(self, moment: datetime) -> Any:
        if self._dialect == "postgresql":
            return moment
        return moment.replace(tzinfo=None).isoformat(" ", "microseconds")
