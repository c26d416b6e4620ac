"""Random histories of the queue: seat, claim, crash, expire, record, edit, purge, page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Claim, Entry, NewEntry, Page, QueuePurge, QueueQuery, Route, RouteCounts, State
from databus.passenger.attachment import Attachment
from databus.pqueue.outcome import Changes, Outcome, OutcomeKind, Restored
from databus.pqueue.queue_status import QueueStatus
from databus.testing.engine import Place
from databus.testing.history import HOUR, NO_TIME, History, filters, leases, limits, owners, picks, some_times, which
from databus.testing.samples import SECOND, content, kept, outcome, pages, passenger, text
from databus.testing.twins import Twins, seen

MODULES = ("shop.order", "shop.invoice")
SYSTEMS = ("shop", "ERP", "")
NAMES = ("a.txt", "A.txt", "b/c.txt", "\udcff")
modules = st.sampled_from(MODULES)
internal_ids = st.sampled_from([f"Id-{number}" for number in range(20)])
states = st.lists(st.sampled_from(list(State)), unique=True, max_size=3).map(tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pulled:
    """A passenger in a puller's hands."""

    external_id: str
    internal_id: str
    source_system: str
    passenger_module: str
    attachments: int
    processors: int
    pushers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deed:
    """Something that happens to a step: of a claim, or of any entry if an operator does it."""

    of: int
    step: int
    result: OutcomeKind
    error: str
    due_in: timedelta | None
    dead: bool
    log_guid: str
    attachments: tuple[tuple[str, int, int], ...] | None
    """What becomes of the attachments: an action, which one it is, and a new name."""


pulled = st.builds(
    _Pulled,
    external_id=st.sampled_from(["1", "Order 2", "order 2", "3", "4", "ü%", "a\0"]),
    internal_id=internal_ids,
    source_system=st.sampled_from(SYSTEMS),
    passenger_module=modules,
    attachments=st.integers(0, 3),
    processors=st.integers(0, 2),
    pushers=st.integers(0, 2),
)
deeds = st.builds(
    _Deed,
    of=picks,
    step=picks,
    result=st.sampled_from([*OutcomeKind, OutcomeKind.COMPLETE, OutcomeKind.COMPLETE]),
    error=st.sampled_from(["", "ValueError: no", "TIMEOUT 100%"]),
    due_in=st.sampled_from([None, SECOND, HOUR]),
    dead=st.booleans(),
    log_guid=st.sampled_from(["", "g1", "g2"]),
    attachments=st.none()
    | st.lists(st.tuples(st.sampled_from(["keep", "rename", "replace", "add"]), picks, picks), max_size=3).map(tuple),
)


class QueueHistory(History):
    """Random histories of two queues."""

    def __init__(self, place: Place, twins: Twins) -> None:
        super().__init__(place, twins)
        self.claims: list[tuple[Claim, Claim]] = []

    # -- what drives do -----------------------------------------------------------------------------------------------

    @rule(client=which, batch=st.lists(pulled, min_size=1, max_size=5))
    def seat(self, client: int, batch: list[_Pulled]) -> None:
        """Seat passengers, many of them again."""
        new = [self._new_entry(self.clients[client], each) for each in batch]
        self.twins.agree(lambda database: database.seat(new))

    def _new_entry(self, client_id: str, made: _Pulled) -> NewEntry:
        return passenger(
            made.external_id,
            internal_id=made.internal_id,
            client_id=client_id,
            source_system=made.source_system,
            passenger_module=made.passenger_module,
            processors=[f"process {number}" for number in range(made.processors)],
            pushers=[f"push {number}" for number in range(made.pushers)],
            attachments=[text(name, f"{name} {self.number()}") for name in NAMES[: made.attachments]],
            pull_datetime=self.moment(),
        )

    @rule(client=which, module=modules, limit=limits, owner=owners, lease=leases, after=st.none() | st.none() | picks)
    def claim(self, client: int, module: str, limit: int, owner: str, lease: timedelta, after: int | None) -> None:
        """Claim what is due, from the beginning or behind some entry."""
        route = Route(client_id=self.clients[client], passenger_module=module)
        starts = self._sequences(self.clients[client], after)
        self.leasing(lease)
        got, expected = (
            database.claim(route, after=start, limit=limit, owner=owner, lease=lease, now=self.now)
            for database, start in zip((self.twins.subject, self.twins.model), starts, strict=True)
        )
        assert [(seen(each.entry, self.now), each.owner) for each in got] == [
            (seen(each.entry, self.now), each.owner) for each in expected
        ]
        self.claims += zip(got, expected, strict=True)

    def _sequences(self, client_id: str, pick: int | None) -> list[int]:
        """Return the sequence that each database gave to one and the same entry; 0 for none."""
        entries = [_all(database, client_id, self) for database in (self.twins.subject, self.twins.model)]
        if pick is None or not entries[0]:
            return [0, 0]
        return [each[pick % len(each)].sequence for each in entries]

    @precondition(lambda self: self.claims)
    @rule(chosen=st.lists(picks, min_size=1, max_size=3), lease=leases | st.just(NO_TIME))
    def renew(self, chosen: list[int], lease: timedelta) -> None:
        """Renew claims or give them back, lost ones too."""
        places = list(dict.fromkeys(pick % len(self.claims) for pick in chosen))
        self.leasing(lease)

        def lost(database: AbstractDatabase, side: int) -> list[bool]:
            claims = [self.claims[place][side] for place in places]
            gone = database.renew(claims, lease=lease, now=self.now)
            return [claim in gone for claim in claims]

        self.twins.agree_each(lambda database: lost(database, 0), lambda database: lost(database, 1))

    @precondition(lambda self: self.claims)
    @rule(batch=st.lists(deeds, min_size=1, max_size=5))
    def record(self, batch: list[_Deed]) -> None:
        """Record what drives did under their claims, however old these are."""
        self._record([self.claims[deed.of % len(self.claims)] for deed in batch], batch)

    @rule(client=which, batch=st.lists(deeds, min_size=1, max_size=3))
    def edit(self, client: int, batch: list[_Deed]) -> None:
        """Let an operator record something."""
        entries = _all(self.twins.model, self.clients[client], self)
        if entries:
            chosen = [entries[deed.of % len(entries)] for deed in batch]
            self._record([(entry, entry) for entry in chosen], batch)

    @rule(client=which, pick=picks, done=st.integers(0, 3), attempts=st.integers(0, 3), is_dead=st.booleans())
    def restore(self, client: int, pick: int, done: int, attempts: int, is_dead: bool) -> None:
        """Let an export bring an entry up to date."""
        entries = _all(self.twins.model, self.clients[client], self)
        if not entries:
            return
        entry, at = entries[pick % len(entries)], self.moment()
        steps = tuple(
            replace(
                step, status=QueueStatus.complete if place < done else QueueStatus.incomplete, attempts=attempts,
                dead=is_dead and place >= done, changed_on=at,
            )
            for place, step in enumerate(entry.steps)
        )  # fmt: skip
        completed_on = at if done >= len(steps) else None
        restored = Restored(steps=steps, completed_on=completed_on, log_guids=("g3",))
        given = outcome(entry, "", at=at, restored=restored)
        self.twins.agree(lambda database: len(database.record([given], now=self.now)))

    @rule()
    def forget_claims(self) -> None:
        """Crash: nobody will renew, record or give back what is claimed."""
        self.claims.clear()

    def _record(self, of: Sequence[tuple[Claim | Entry, Claim | Entry]], batch: Sequence[_Deed]) -> None:
        outcomes: list[tuple[Outcome, Outcome]] = []
        entries = [each.entry if isinstance(each, Claim) else each for each, _ in of]
        # Where something of one entry cannot be stored, the contract leaves open what becomes of the others.
        alone = len({(entry.client_id, entry.internal_id) for entry in entries}) == 1
        changed: set[tuple[str, str]] = set()
        for pair, entry, deed in zip(of, entries, batch, strict=True):
            key = entry.client_id, entry.internal_id
            if entry.steps:
                changes = self._changes(entry, deed, odd=alone) if key not in changed else None
                outcomes.append(self._outcomes(pair, entry, deed, changes))
                changed.add(key)

        def rejected(database: AbstractDatabase, side: int) -> list[bool]:
            mine = [each[side] for each in outcomes]
            gone = {id(each) for each in database.record(mine, now=self.now)}
            return [id(each) in gone for each in mine]

        self.twins.agree_each(lambda database: rejected(database, 0), lambda database: rejected(database, 1))

    def _outcomes(
        self, of: tuple[Claim | Entry, Claim | Entry], entry: Entry, deed: _Deed, changes: Changes | None
    ) -> tuple[Outcome, Outcome]:
        step = entry.steps[deed.step % len(entry.steps)]
        at = self.moment()
        due_on = None if deed.due_in is None else self.now + deed.due_in
        first, second = (
            outcome(
                each, step.name, deed.result, kind=step.kind, error=deed.error, at=at, due_on=due_on, dead=deed.dead,
                log_guid=deed.log_guid, changes=changes,
            )
            for each in of
        )  # fmt: skip
        return first, second

    def _changes(self, entry: Entry, deed: _Deed, *, odd: bool) -> Changes | None:
        """Return changes of what is stored now; odd ones may be such as cannot be stored."""
        if deed.attachments is None:
            return None
        stored = [
            each.name for now in self.twins.model.load(entry.client_id, [entry.internal_id]) for each in now.attachments
        ]
        attachments = self._attachments(deed.attachments, stored)
        if not odd:
            attachments = list({each.name: each for each in attachments if each.stored_as in (None, *stored)}.values())
        system = SYSTEMS[deed.of % len(SYSTEMS)]
        return Changes(source_system=system, external_id=f"changed {deed.step % 3}", attachments=attachments)

    def _attachments(self, actions: tuple[tuple[str, int, int], ...], stored: list[str]) -> list[Attachment]:
        attachments: list[Attachment] = []
        for action, pick, new_name in actions:
            name = NAMES[new_name % len(NAMES)]
            old = stored[pick % len(stored)] if stored else name
            match action:
                case "keep":
                    attachments.append(kept(old))
                case "rename":
                    attachments.append(kept(name, old))
                case "replace":
                    attachments.append(text(old, f"new {self.number()}"))
                case _:
                    attachments.append(text(name, f"new {self.number()}"))
        return attachments

    # -- what operators and drives delete -----------------------------------------------------------------------------

    @rule(
        client=which,
        chosen=filters(
            passenger_module=modules,
            internal_ids=st.lists(internal_ids, min_size=1, max_size=3).map(tuple),
            states=states | st.just(tuple(State)),
            before=some_times,
        ),
        limit=limits,
    )
    def purge(self, client: int, chosen: dict[str, Any], limit: int) -> None:
        """Delete entries."""
        rule = QueuePurge(client_id=self.clients[client], **self.filled(chosen))
        self.twins.agree(lambda database: database.purge(rule, limit=limit, now=self.now))

    @rule(client=which, chance=st.integers(0, 4))
    def delete_client(self, client: int, chance: int) -> None:
        """Delete a client now and then, which a lease prevents."""
        if not chance:
            self.twins.agree(lambda database: database.delete_client(self.clients[client], now=self.now))

    # -- what everybody sees ------------------------------------------------------------------------------------------

    @rule(
        client=which,
        chosen=filters(
            passenger_module=modules,
            states=states,
            source_system=st.sampled_from(SYSTEMS),
            search=st.sampled_from(["ORDER", "2", "id-", "ü", "%", "a\0", "CHANGED"]),
            error=st.sampled_from(["valueerror", "%"]),
            attachment=st.sampled_from(["A.TXT", "/", "\udcff"]),
            step=st.sampled_from(["process 0", "push 1", "notify"]),
            pulled_from=some_times,
            pulled_before=some_times,
        ),
        limit=limits,
    )
    def find(self, client: int, chosen: dict[str, Any], limit: int) -> None:
        """Page through what a query finds."""
        query = QueueQuery(client_id=self.clients[client], limit=limit, **self.filled(chosen))

        def fetch(database: AbstractDatabase, cursor: str) -> Page[Entry]:
            return database.find(replace(query, cursor=cursor), now=self.now)

        def shown(database: AbstractDatabase) -> list[Entry]:
            # Not by pages: one may end early.
            found = pages(lambda cursor: fetch(database, cursor))
            return [seen(entry, self.now) for page in found for entry in page.items]

        self.twins.agree(shown)

    @rule(client=which)
    def read_attachments(self, client: int) -> None:
        """Read every content."""

        def contents(database: AbstractDatabase) -> list[bytes]:
            entries = _all(database, self.clients[client], self)
            return [content(database, entry, each.name) for entry in entries for each in entry.attachments]

        self.twins.agree(contents)

    @invariant()
    def queues_are_the_same(self) -> None:
        """See the same queues."""
        for client in self.clients:
            self.twins.agree(lambda database, own=client: [seen(each, self.now) for each in _all(database, own, self)])  # type: ignore[misc]  # mypy knows no default in a lambda
            self.twins.agree(lambda database, own=client: self._counts(database, own))  # type: ignore[misc]  # as above

    def _counts(self, database: AbstractDatabase, client_id: str) -> dict[str, RouteCounts]:
        counts = {each.passenger_module: each for each in database.counts(client_id, now=self.now)}
        return {module: each for module, each in counts.items() if each != RouteCounts(passenger_module=module)}


def _all(database: AbstractDatabase, client_id: str, history: History) -> tuple[Entry, ...]:
    return database.find(QueueQuery(client_id=client_id, limit=1000), now=history.now).items
