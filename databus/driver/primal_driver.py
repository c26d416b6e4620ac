"""The driver that Databus uses: pull, seat, notify, process, push, clean up."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

from databus.batches import batched_by_size
from databus.client.log import LogEntry, MessageType
from databus.client.redaction import redact
from databus.database.records import Claim, RouteCounts
from databus.driver.abstract_driver import AbstractDriver, DriveSummary, DriveTicket
from databus.driver.boarding import LANE, Boarding
from databus.driver.contents import Contents
from databus.driver.failures import error_text
from databus.driver.hold_watch import HoldWatch
from databus.driver.log_writer import LogWriter
from databus.driver.plugins import Plugins
from databus.driver.pulling import Batch, Pull
from databus.driver.retention import purge_expired
from databus.driver.stage import Done, Interrupted, Task
from databus.driver.team import Team
from databus.errors import UNREACHABLE, DatabusError, StoreError
from databus.plugin import load_plugin
from databus.pqueue.abstract_queue import AbstractQueue
from databus.timestamps import utc_now

if TYPE_CHECKING:  # pydantic models: not needed to import a driver
    from databus.client.config import PluginConfig

WINDOW = 2 * LANE
"""Passengers that are claimed together."""

ON_BOARD_BYTES = 64 * 2**20
"""Attachments of the passengers that are worked on together are no larger in sum, unless one alone is."""

LOOK_SECONDS = 1.0
"""Between two looks whether others still work on the queue."""


class Others(IntEnum):
    """What other processes do with a route's queue: hold leases, or just claim what waits."""

    NOTHING = 0
    CLAIM = 1
    LEASE = 2


class PrimalDriver(AbstractDriver):
    """The default driver."""

    def drive(self, ticket: DriveTicket) -> DriveSummary:
        """Run one drive of a route."""
        return _Drive(ticket).run()


class _Drive:
    """One drive while it is under way."""

    def __init__(self, ticket: DriveTicket) -> None:
        self.ticket = ticket
        self.locked = False
        self.claimed = 0  # in all rounds
        self.claims: list[Claim] = []
        self.boarding: Boarding  # of the claims: there while there are any
        self.began = self.renewed = time.monotonic()
        self.share = ticket.share
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
        self.watch = HoldWatch(ticket.database, ticket.client_id)
        self.team = self.new_team(f"{ticket.client_id} {ticket.route.name}")
        self.readers = self.new_team(f"{ticket.client_id} {ticket.route.name} contents")

    def new_team(self, name: str) -> Team:
        return Team(
            name,
            lambda: Plugins(self.ticket.log, (self.ticket.client_id, self.ticket.route.name)),
            time_limit=self.ticket.route.time_limit,
            stop=self.ticket.stop,
            grace=self.ticket.grace,
            heartbeat=self.heartbeat,
        )

    # -- the whole drive ----------------------------------------------------------------------------------------------

    def run(self) -> DriveSummary:
        self.info(f"Drive of {self.ticket.client_id}, {self.ticket.route.name} begins")
        started = utc_now()
        try:
            self.ticket.on_progress(self.summary)
            self.carry()
            self.clean_up(started)
        except Exception as error:  # noqa: BLE001 - the border to database and queue, which may be the user's own
            self.end_early(error)
        finally:
            self.team.close()
            self.readers.close()
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
        queue.lease = self.share.lease
        if self.share.pulls and self.ticket.route.pullers and self.take_lock():
            try:
                for puller in self.ticket.route.pullers:
                    if self.locked:
                        self.pull(queue, puller)
            finally:
                self.release_lock()  # of another one it stays
        claimed_last = self.work(queue)
        if self.share.waits_for_others:
            self.work_until_alone(queue, claimed_last=claimed_last)

    # -- pulling ------------------------------------------------------------------------------------------------------

    def take_lock(self) -> bool:
        self.locked = self.renew_lock(self.share.lease)
        if not self.locked:
            self.summary.pulled_elsewhere = True
            self.info("This route is being pulled elsewhere; only what waits in the queue is driven")
        return self.locked

    def release_lock(self) -> None:
        self.locked = False
        self.renew_lock(timedelta(0))

    def renew_lock(self, lease: timedelta) -> bool:
        """Take, keep or release the route's lock; return whether nobody else has it."""
        return self.ticket.database.lock(self.lock, owner=self.owner, lease=lease, now=utc_now())

    def pull(self, queue: AbstractQueue, puller: "PluginConfig") -> None:
        self.info(f"Pulling via {puller.name}")
        pull, contents = Pull(puller), Contents(self.readers, self.refuse)
        while self.locked and not self.has_to_end():
            batch = self.next_batch(pull)
            if batch.passengers:
                self.seat(queue, puller, batch, contents)
            if batch.error is not None and not isinstance(batch.error, Interrupted):
                self.summary.failed += 1
                self.complain(f"Pulling via {puller.name} failed: {self.redacted(error_text(batch.error))}")
            if batch.is_last:
                return
        if self.locked:
            self.summary.is_cut_off = True
        else:
            self.summary.pulled_elsewhere = True
            self.complain(f"Pulling via {puller.name} ends here: another process pulls this route now")

    def next_batch(self, pull: Pull) -> Batch:
        results: list[Done] = []
        self.team.run([Task(pull.next_batch)], results.extend)
        done = results[0] if results else None
        if done is None:
            return Batch([], is_last=True)
        if not isinstance(done.value, Batch):
            return Batch(pull.rescue(), is_last=True, error=done.error)
        return done.value

    def seat(self, queue: AbstractQueue, puller: "PluginConfig", batch: Batch, contents: Contents) -> None:
        self.summary.pulled += len(batch.passengers)
        for passengers in contents.at_hand(batch.passengers):
            result = queue.seat(passengers, puller=puller, now=utc_now())
            self.summary.seated += result.seated
            self.summary.duplicates += result.duplicates
            self.summary.refused += result.refused
            self.writer.flush_if_due()

    def refuse(self, reason: str) -> None:
        self.summary.refused += 1
        self.complain(f"Refused: {reason}")

    # -- working ------------------------------------------------------------------------------------------------------

    def work(self, queue: AbstractQueue) -> bool:
        """Drive all that is due; return whether anything was."""
        with closing(Boarding(self.ticket, queue, self.team, self.summary)) as self.boarding:
            return self.board_all(queue)

    def board_all(self, queue: AbstractQueue) -> bool:
        mark, begin = self.share.mark, self.share.mark.after
        while not self.has_to_end():
            claimed_at = time.monotonic()
            self.claims = queue.claim(after=mark.after, limit=WINDOW, now=utc_now())
            if not self.claims:
                return mark.after > begin
            self.claimed += len(self.claims)
            mark.after = max(claim.entry.sequence for claim in self.claims)
            try:
                for group in _on_board(self.claims):
                    passengers = queue.board(group)
                    self.summary.failed += len(group) - len(passengers)
                    self.boarding.run(passengers, claimed_at=claimed_at)
                    self.writer.flush_if_due()
            finally:
                claims, self.claims = self.claims, []
                queue.give_back(claims, now=utc_now())
        self.summary.is_cut_off = True
        return True

    def has_to_end(self) -> bool:
        """Whether the process ends, or somebody else wants the client at rest; the rest waits for the next drive."""
        if self.ticket.stop.is_set():
            return True
        hold = self.watch.hold()
        if hold is not None:
            self.info(f"This client is held by {hold}: the rest waits for the next drive")
        return hold is not None

    def work_until_alone(self, queue: AbstractQueue, *, claimed_last: bool) -> None:
        """Go on with what others give back, or leave behind when they are killed."""
        looks = 0
        others = self.others_work(claimed_last)
        while others and not self.summary.is_cut_off:
            if self.ticket.stop.wait(LOOK_SECONDS):
                self.summary.is_cut_off = True
                return
            self.heartbeat()
            # Before the claims: what is given back after them is seen next time.
            others = self.others_work(claimed_last)
            self.share.mark.after = 0
            claimed_last = self.work(queue)
            looks = 0 if claimed_last or others is Others.LEASE else looks + 1
            if looks * LOOK_SECONDS > self.share.lease.total_seconds():
                return  # what seems to wait can be claimed by nobody

    def others_work(self, claimed_last: bool) -> Others:
        """Return what others do with the queue, as far as can be told from here."""
        for counts in self.own_counts():
            if counts.running:
                return Others.LEASE
            if counts.waiting and not claimed_last:
                return Others.CLAIM
        return Others.NOTHING

    def heartbeat(self) -> None:
        self.ticket.on_progress(self.summary)
        self.writer.flush_if_due()
        if time.monotonic() - self.renewed < self.share.lease.total_seconds() / 3:
            return
        self.renewed = time.monotonic()
        if self.claims:
            self.boarding.renew(self.claims)
        elif self.locked:
            self.locked = self.renew_lock(self.share.lease)

    # -- the end ------------------------------------------------------------------------------------------------------

    def clean_up(self, started: datetime) -> None:
        if not self.share.pulls:
            return
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
        self.summary.is_cut_off = isinstance(error, StoreError)
        self.summary.is_unreachable = isinstance(error, UNREACHABLE)
        self.complain(f"The drive ended early: {text}")

    def finish(self) -> None:
        self.summary.seconds = round(time.monotonic() - self.began, 3)
        self.attempt(self.count_rest)
        self.info(_report(self.summary))
        if self.share.pulls or self.claimed or self.summary.error:
            self.attempt(self.writer.flush)

    def attempt(self, last: Callable[[], None]) -> None:
        try:
            last()
        except Exception as error:  # noqa: BLE001 - the same border: the summary is left to say it in
            self.summary.error = self.summary.error or self.redacted(str(error) or type(error).__name__)
            self.summary.is_unreachable |= isinstance(error, UNREACHABLE)

    def count_rest(self) -> None:
        # If nobody can be asked: at least what this drive has seated, or claimed, and not completed.
        self.summary.waiting = max(self.summary.seated, self.claimed) - self.summary.completed
        own = self.own_counts()
        self.summary.waiting = 0
        for counts in own:
            self.summary.waiting = counts.waiting + counts.failed + counts.running
            self.summary.dead = counts.dead

    def own_counts(self) -> list[RouteCounts]:
        counts = self.ticket.database.counts(self.ticket.client_id, now=utc_now())
        return [each for each in counts if each.passenger_module == self.ticket.route.name]

    # -- the log ------------------------------------------------------------------------------------------------------

    def info(self, message: str) -> None:
        self.ticket.log.append_text(message, __name__)

    def complain(self, message: str) -> None:
        self.ticket.log.append_entry(LogEntry(message, type=MessageType.error, source=__name__))

    def redacted(self, text: str) -> str:
        return redact(text, self.ticket.secrets)


def _on_board(claims: list[Claim]) -> Iterator[list[Claim]]:
    """Split claims into groups whose attachments fit into memory together."""
    return batched_by_size(
        claims, lambda claim: sum(attachment.size for attachment in claim.entry.attachments), ON_BOARD_BYTES
    )


def _report(summary: DriveSummary) -> str:
    end = "ended early" if summary.error else "complete"
    return (
        f"Drive {end}: {summary.pulled} pulled, {summary.seated} seated, {summary.duplicates} duplicates, "
        f"{summary.refused} refused, {summary.processed} processed, {summary.pushed} pushed, {summary.failed} failed, "
        f"{summary.waiting} waiting, {summary.dead} dead"
    )
