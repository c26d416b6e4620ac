"""What lies in the database that the pages show: many entries in every state, many logs, and who may see them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from bench.beside import complete_entry
from bench.sizes import BATCH
from databus.benchmark.workload import CLIENT, PASSENGER, configure, write_config
from databus.client.log import MessageType
from databus.client.passwords import hash_password, new_token
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import LogHead, LogLine, NewEntry, QueuePurge
from databus.pqueue.outcome import StepKind
from databus.pqueue.queue_status import QueueStatus
from databus.timestamps import utc_now
from databus.web.accounts import Accounts
from databus.web.guard import COOKIE
from databus.web.sessions import Sessions

TAKER, TAKEN = "taker", "databus.passenger.document"
"""Client and route whose passengers are handed over through the API."""

USER = "bench"

PEOPLE = 20
"""Who may see all."""

FAILED_OF, DEAD_OF, WAITING_OF = 100, 1000, 50
"""One of so many entries has failed, is dead, waits."""

WRITERS = 16
"""Threads that write logs: each is a commit of its own, and engines take several together."""

LINES = 10


@dataclass(frozen=True, slots=True)
class Contents:
    """What the measurements must know of it.

    Attributes:
        headers: Of a request in the name of who may see all, for pages and for the API.
        people: Of requests of several people, each with a session of their own.
        entry, log: Ids of one of each.
    """

    headers: dict[str, str]
    people: list[dict[str, str]]
    entry: str
    external_id: str
    log: str


def fill(database: AbstractDatabase, entries: int, logs: int) -> Contents:
    """Lay out clients, users, entries and logs."""
    configure(database, 0)
    clear, stored = new_token()
    user = {"role": "administrator", "password": hash_password(clear)}
    names = [USER, *(f"{USER} {number}" for number in range(1, PEOPLE))]
    users = [{**user, "username": name} for name in names]
    users[0]["token"] = stored
    write_config(database, "root", {"users": users})
    write_config(database, TAKER, {"passengers": [{"name": TAKEN, "pushers": ["databus.benchmark.pusher"]}]})
    last = None
    for start in range(0, entries, BATCH):
        batch = [_entry(number) for number in range(start, min(start + BATCH, entries))]
        database.seat(batch)
        database.purge(QueuePurge(client_id=CLIENT, states=()), limit=1, now=utc_now())  # as after each drive
        last = batch[-1].entry
    assert last is not None
    with ThreadPoolExecutor(WRITERS) as pool:
        for _ in pool.map(lambda number: _write_log(database, number, utc_now()), range(logs)):
            pass
    cookies = [_cookie(database, name) for name in names]
    headers = {"cookie": cookies[0], "authorization": f"Bearer {clear}"}
    people = [{"cookie": cookie} for cookie in cookies]
    return Contents(
        headers=headers, people=people, entry=last.internal_id, external_id=last.external_id, log=str(UUID(int=0))
    )


def _cookie(database: AbstractDatabase, username: str) -> str:
    account = Accounts(database).find("root", username)
    assert account is not None
    return f"{COOKIE}={Sessions(database).begin(account, remember=True, now=utc_now())}"


def _entry(number: int) -> NewEntry:
    """Return a passenger; what it may still have to do is due tomorrow, so that no measured drive does it."""
    new = complete_entry(number)
    error = f"ConnectionError: order {number} got no answer\n" + '  File "pusher.py", line 7, in push\n' * 10
    if number % DEAD_OF == 2:
        return _left(new, attempts=3, last_error=error, dead=True)
    if number % FAILED_OF == 1:
        return _left(new, attempts=3, last_error=error)
    return _left(new) if number % WAITING_OF == 3 else new


def _left(new: NewEntry, **more: Any) -> NewEntry:
    """Return it with its push left to be done."""
    tomorrow = utc_now() + timedelta(days=1)
    steps = tuple(
        replace(step, status=QueueStatus.incomplete, due_on=tomorrow, **more) if step.kind is StepKind.PUSH else step
        for step in new.entry.steps
    )
    return NewEntry(entry=replace(new.entry, steps=steps, completed_on=None), attachments=new.attachments)


def _write_log(database: AbstractDatabase, number: int, now: datetime) -> None:
    created = now - timedelta(seconds=1 + number % 86_400)
    worst = MessageType.error if number % FAILED_OF == 1 else MessageType.info
    lines = [
        LogLine(timestamp=created, type=worst, source="databus.benchmark", message=f"line {each} of log {number}")
        for each in range(LINES)
    ]
    head = LogHead(client_id=CLIENT, guid=str(UUID(int=number)), created_on=created, passenger_module=PASSENGER)
    database.append_log(head, lines)
