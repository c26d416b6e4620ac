"""The queue that Databus uses unless a route names another: validates, logs, and leaves the moving to the database."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from databus.client.log import LogEntry, MessageType
from databus.database.records import Claim, Duplicate, NewEntry, Refused, Seated, Step
from databus.errors import PluginError, StoreUnreachable, text_of
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.plugin import load_plugin
from databus.pqueue.abstract_queue import AbstractQueue, QueuedPassenger, SeatResult
from databus.pqueue.outcome import Outcome
from databus.pqueue.packing import Packer, Refusal, Unpacker, attachments_of

if TYPE_CHECKING:  # pydantic models: not needed to import a queue
    from databus.client.config import PluginConfig


class PrimalQueue(AbstractQueue):
    """The default queue."""

    def seat(self, passengers: Sequence[object], *, puller: "PluginConfig", now: datetime) -> SeatResult:
        """Seat what a puller pulled."""
        packed = [self._pack(passenger, puller) for passenger in passengers]
        new_entries = [each for each in packed if isinstance(each, NewEntry)]
        stored = iter(self.database.seat(new_entries) if new_entries else [])
        results: list[Seated | Duplicate | Refused] = []
        for each in packed:
            if isinstance(each, NewEntry):
                results.append(next(stored))
                self._log_result(each, results[-1])
            else:
                results.append(each)
        number = Counter(map(type, results))
        return SeatResult(number[Seated], number[Duplicate], number[Refused], results)

    @cached_property
    def _packer(self) -> Packer:
        return Packer(self.route, self.config, str(self.log.guid))

    def _pack(self, passenger: object, puller: "PluginConfig") -> NewEntry | Refused:
        try:
            return self._packer.pack(passenger, puller)
        except Refusal as refusal:
            reason = str(refusal)
        except BaseException as error:  # noqa: BLE001 - the border to foreign code: its attributes
            reason = f"{puller.name} pulled a passenger that cannot be read: {type(error).__name__}: {text_of(error)}"
        self._complain(f"Refused: {reason}")
        return Refused(internal_id="", reason=reason)

    def _log_result(self, new: NewEntry, result: Seated | Duplicate | Refused) -> None:
        name = new.entry.id_text
        match result:
            case Seated():
                self.log.append_text(f"Seated {name}", __name__)
            case Duplicate(internal_id=internal_id):
                self.log.append_text(f"In the queue already: {name}, as {internal_id}", __name__)
            case Refused(reason=reason):
                self._complain(f"Refused: {name}: {reason}")

    def _complain(self, message: str) -> None:
        self.log.append_entry(LogEntry(message, type=MessageType.error, source=__name__))

    def claim(self, *, after: int, limit: int, now: datetime) -> list[Claim]:
        """Lease the next due entries."""
        return self.database.claim(self.route, after=after, limit=limit, owner=self.owner, lease=self.lease, now=now)

    def board(self, claims: Sequence[Claim]) -> list[QueuedPassenger]:
        """Rebuild the passengers of claims."""
        passenger_class = load_plugin(self.route.passenger_module, AbstractPassenger)
        try:
            made = [passenger_class() for _ in claims]
        except (Exception, SystemExit) as error:  # the border to foreign code, which may raise anything
            reason = f"{type(error).__name__}: {text_of(error)}"
            raise PluginError(f"a {self.route.passenger_module} cannot be made without arguments: {reason}") from error
        boarded = (self._board(claim, passenger) for claim, passenger in zip(claims, made, strict=True))
        return [each for each in boarded if each is not None]

    @cached_property
    def _unpacker(self) -> Unpacker:
        return Unpacker(self.database)

    def _board(self, claim: Claim, passenger: AbstractPassenger) -> QueuedPassenger | None:
        try:
            return QueuedPassenger(claim, claim.entry, self._unpacker.unpack(claim.entry, passenger))
        except StoreUnreachable:
            raise
        except BaseException as error:  # noqa: BLE001 - the border to foreign code: its setters
            name = f"{claim.entry.external_id} ({claim.entry.internal_id})"
            self._complain(f"Passenger {name} cannot be rebuilt and waits: {type(error).__name__}: {text_of(error)}")
            return None

    def refresh(self, passenger: QueuedPassenger) -> None:
        """Bring a passenger up to date after a recorded change."""
        entry = passenger.entry
        for stored in self.database.load(entry.client_id, [entry.internal_id]):
            passenger.entry = stored
            passenger.status.passenger.attachments = attachments_of(stored, self.database)

    def has_stored(self, outcome: Outcome) -> bool:
        """Whether an outcome is stored: no other of its step has its time."""
        return any(
            (step.kind, step.name, step.changed_on) == (outcome.kind, outcome.name, outcome.at)
            for entry in self.database.load(outcome.client_id, [outcome.internal_id])
            for step in entry.steps
        )

    def still_wanted(self, claims: Sequence[Claim], step: Step) -> set[str]:
        """Return for whom the step is still to be done."""
        owners = {claim.entry.internal_id: claim.owner for claim in claims}
        return {
            entry.internal_id
            for entry in self.database.load(self.route.client_id, list(owners))
            if entry.leased_by in {"", owners[entry.internal_id]}
            for own in entry.steps
            if (own.kind, own.name) == (step.kind, step.name) and not own.is_complete
        }

    def renew(self, claims: Sequence[Claim], *, now: datetime) -> list[Claim]:
        """Prolong leases."""
        return self.database.renew(claims, lease=self.lease, now=now)

    def give_back(self, claims: Sequence[Claim], *, now: datetime) -> None:
        """End leases."""
        self.database.renew(claims, lease=timedelta(0), now=now)

    def record(self, outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        """Store outcomes."""
        return self.database.record(outcomes, now=now)
