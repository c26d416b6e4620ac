"""The driver that Databus uses: pull, seat, notify, process, push, clean up."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from databus.client.log import LogEntry, MessageType
from databus.client.redaction import redact
from databus.database.records import Claim
from databus.driver.abstract_driver import AbstractDriver, DriveSummary, DriveTicket
from databus.driver.boarding import Boarding
from databus.driver.failures import error_text
from databus.driver.log_writer import LogWriter
from databus.driver.plugins import Plugins
from databus.driver.pulling import Batch, Pull
from databus.driver.retention import purge_expired
from databus.driver.team import Done, Interrupted, Task, Team
from databus.errors import DatabusError
from databus.plugin import load_plugin
from databus.pqueue.abstract_queue import AbstractQueue
from databus.pqueue.primal_queue import LEASE
from databus.timestamps import utc_now

if TYPE_CHECKING:  # pydantic models: not needed to import a driver
    from databus.client.config import PluginConfig

WINDOW = 256
"""Passengers that are claimed together."""

ON_BOARD_BYTES = 64 * 2**20
"""Attachments of the passengers that are worked on together are no larger in sum, unless one alone is."""


class PrimalDriver(AbstractDriver):
    """The default driver."""

    def drive(self, ticket: DriveTicket) -> DriveSummary:
        """Run one drive of a route."""
        return _Drive(ticket).run()


@dataclass(eq=False)
class _Drive:
    """One drive while it is under way."""

    ticket: DriveTicket
    locked: bool = False
    claims: list[Claim] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        ticket = self.ticket
        self.summary = DriveSummary(ticket.client_id, ticket.route.name, log=str(ticket.log.guid))
        self.owner = f"{ticket.owner} {ticket.log.guid}"
        self.lock = f"pull {ticket.client_id} {ticket.route.name}"
        self.writer = LogWriter(
            ticket.database,
            ticket.log,
            client_id=ticket.client_id,
            passenger_module=ticket.route.name,
            secrets=ticket.secrets,
        )
        self.team = Team(
            f"{ticket.client_id} {ticket.route.name}",
            lambda: Plugins(ticket.log),
            time_limit=ticket.route.time_limit,
            stop=ticket.stop,
            grace=ticket.grace,
            heartbeat=self.heartbeat,
        )

    # -- the whole drive ----------------------------------------------------------------------------------------------

    def run(self) -> DriveSummary:
        self.info(f"Drive of {self.ticket.client_id}, {self.ticket.route.name} begins")
        started = utc_now()
        try:
            self.carry()
            self.clean_up(started)
        except Exception as error:  # noqa: BLE001 - the border to database and queue, which may be the user's own
            self.end_early(error)
        finally:
            self.team.close()
        self.finish()
        return self.summary

    def carry(self) -> None:
        queue_class = load_plugin(self.ticket.route.queue, AbstractQueue)
        queue = queue_class(
            self.ticket.database,
            client_id=self.ticket.client_id,
            route=self.ticket.route,
            log=self.ticket.log,
            owner=self.owner,
        )
        if self.take_lock():
            try:
                for puller in self.ticket.route.pullers:
                    self.pull(queue, puller)
            finally:
                self.release_lock()
        self.work(queue)

    # -- pulling ------------------------------------------------------------------------------------------------------

    def take_lock(self) -> bool:
        database = self.ticket.database
        self.locked = database.lock(self.lock, owner=self.owner, lease=LEASE, now=utc_now())
        if not self.locked:
            self.info("This route is being pulled elsewhere; only what waits in the queue is driven")
        return self.locked

    def release_lock(self) -> None:
        self.locked = False
        self.ticket.database.lock(self.lock, owner=self.owner, lease=timedelta(0), now=utc_now())

    def pull(self, queue: AbstractQueue, puller: "PluginConfig") -> None:
        self.info(f"Pulling via {puller.name}")
        pull = Pull(puller)
        while not self.ticket.stop.is_set():
            batch = self.next_batch(pull)
            if batch.passengers:
                self.seat(queue, puller, batch)
            if batch.error is not None and not isinstance(batch.error, Interrupted):
                self.summary.failed += 1
                self.complain(f"Pulling via {puller.name} failed: {self.redacted(error_text(batch.error))}")
            if batch.is_last:
                return

    def next_batch(self, pull: Pull) -> Batch:
        results: list[Done] = []
        self.team.run([Task(pull.next_batch)], results.extend)
        done = results[0] if results else None
        if done is None:
            return Batch([], is_last=True)
        if not isinstance(done.value, Batch):
            return Batch(pull.rescue(), is_last=True, error=done.error)
        return done.value

    def seat(self, queue: AbstractQueue, puller: "PluginConfig", batch: Batch) -> None:
        result = queue.seat(batch.passengers, puller=puller, now=utc_now())
        self.summary.pulled += len(batch.passengers)
        self.summary.seated += result.seated
        self.summary.duplicates += result.duplicates
        self.summary.refused += result.refused
        self.writer.flush_if_due()

    # -- working ------------------------------------------------------------------------------------------------------

    def work(self, queue: AbstractQueue) -> None:
        self.boarding = Boarding(self.ticket, queue, self.team, self.summary)
        after = 0
        while not self.ticket.stop.is_set():
            claimed_at = time.monotonic()
            self.claims = queue.claim(after=after, limit=WINDOW, now=utc_now())
            if not self.claims:
                return
            after = max(claim.entry.sequence for claim in self.claims)
            try:
                for group in _on_board(self.claims):
                    passengers = queue.board(group)
                    self.summary.failed += len(group) - len(passengers)
                    self.boarding.run(passengers, claimed_at=claimed_at)
                    self.writer.flush_if_due()
            finally:
                claims, self.claims = self.claims, []
                queue.give_back(claims, now=utc_now())

    def heartbeat(self) -> None:
        self.ticket.on_progress(self.summary)
        self.writer.flush_if_due()
        if time.monotonic() - self.renewed < LEASE.total_seconds() / 3:
            return
        self.renewed = time.monotonic()
        if self.claims:
            self.boarding.renew(self.claims)
        elif self.locked:
            self.ticket.database.lock(self.lock, owner=self.owner, lease=LEASE, now=utc_now())

    # -- the end ------------------------------------------------------------------------------------------------------

    def clean_up(self, started: datetime) -> None:
        route = self.ticket.route
        deleted = purge_expired(
            self.ticket.database,
            client_id=self.ticket.client_id,
            passenger_module=route.name,
            queue_life_span=route.queue_life_span,
            log_life_span=self.ticket.log_life_span,
            now=started,
            stop=self.ticket.stop,
        )
        if deleted:
            self.info(f"Deleted {deleted} that outlived their life span")

    def end_early(self, error: Exception) -> None:
        text = self.redacted(str(error) if isinstance(error, DatabusError) else error_text(error))
        self.summary.error = text.partition("\n")[0]
        self.complain(f"The drive ended early: {text}")

    def finish(self) -> None:
        self.summary.seconds = round(time.monotonic() - self.began, 3)
        self.attempt(self.count_rest)
        self.info(_report(self.summary))
        self.attempt(self.writer.flush)

    def attempt(self, last: Callable[[], None]) -> None:
        try:
            last()
        except Exception as error:  # noqa: BLE001 - the same border: the summary is left to say it in
            self.summary.error = self.summary.error or self.redacted(str(error) or type(error).__name__)

    def count_rest(self) -> None:
        for counts in self.ticket.database.counts(self.ticket.client_id, now=utc_now()):
            if counts.passenger_module == self.ticket.route.name:
                self.summary.waiting = counts.waiting + counts.failed + counts.running
                self.summary.dead = counts.dead

    # -- the log ------------------------------------------------------------------------------------------------------

    def info(self, message: str) -> None:
        self.ticket.log.append_text(message, __name__)

    def complain(self, message: str) -> None:
        self.ticket.log.append_entry(LogEntry(message, type=MessageType.error, source=__name__))

    def redacted(self, text: str) -> str:
        return redact(text, self.ticket.secrets)


def _on_board(claims: list[Claim]) -> Iterator[list[Claim]]:
    """Split claims into groups whose attachments fit into memory together."""
    group: list[Claim] = []
    size = 0
    for claim in claims:
        own = sum(attachment.size for attachment in claim.entry.attachments)
        if group and size + own > ON_BOARD_BYTES:
            yield group
            group, size = [], 0
        group.append(claim)
        size += own
    if group:
        yield group


def _report(summary: DriveSummary) -> str:
    end = "ended early" if summary.error else "complete"
    return (
        f"Drive {end}: {summary.pulled} pulled, {summary.seated} seated, {summary.duplicates} duplicates, "
        f"{summary.refused} refused, {summary.processed} processed, {summary.pushed} pushed, {summary.failed} failed, "
        f"{summary.waiting} waiting, {summary.dead} dead"
    )
