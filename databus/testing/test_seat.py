"""Seating: once, in order, whole, and each entry for itself."""

import io
from datetime import datetime
from typing import BinaryIO

import pytest
from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Duplicate, NewEntry, QueuePurge, Refused, Seated, StoredAttachment
from databus.errors import NotFound
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue.outcome import Changes
from databus.pqueue.queue_status import QueueStatus
from databus.testing.samples import (
    CLIENT,
    NOW,
    TICK,
    binary,
    claim,
    complete,
    content,
    found,
    kept,
    outcome,
    passenger,
    seat,
    settle,
    text,
)


class _BreakingStream(io.BytesIO):
    """A source that is lost in the middle."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError("the share is gone")
        return super().read(4096)


def _broken(name: str) -> Attachment:
    def opener() -> BinaryIO:
        return _BreakingStream(b"x" * 8192)

    return Attachment.from_stream(name, opener)


class TestSeat:
    """``seat``."""

    def test_gives_one_result_per_entry_in_their_order(self, database: AbstractDatabase) -> None:
        assert database.seat([passenger("2"), passenger("1")]) == [
            Seated(internal_id="id-2"),
            Seated(internal_id="id-1"),
        ]

    def test_nothing_is_nothing(self, database: AbstractDatabase) -> None:
        assert database.seat([]) == []

    def test_keeps_an_entry_as_it_is_given(self, database: AbstractDatabase) -> None:
        new = passenger("1", processors=("a", "b"), pushers=("x", "y"), log_guids=("log-1", "log-2"))
        (entry,) = seat(database, new)
        assert entry == replace(new.entry, sequence=entry.sequence)

    def test_keeps_what_happened_before(self, database: AbstractDatabase) -> None:
        steps = tuple(
            replace(step, status=QueueStatus.complete, attempts=3, changed_on=NOW - TICK)
            for step in passenger().entry.steps
        )
        new = passenger("1", steps=steps, completed_on=NOW - TICK, pull_datetime=NOW - 2 * TICK)
        (entry,) = seat(database, new)
        assert (entry.steps, entry.completed_on, entry.pull_datetime) == (steps, NOW - TICK, NOW - 2 * TICK)
        assert claim(database) == []

    def test_keeps_a_waiting_step(self, database: AbstractDatabase) -> None:
        steps = tuple(
            replace(step, attempts=1, last_error="E", due_on=NOW + TICK, dead=step.name == "out")
            for step in passenger().entry.steps
        )
        (entry,) = seat(database, passenger("1", steps=steps))
        assert entry.steps == steps
        assert claim(database) == []
        assert [each.entry.external_id for each in claim(database, now=NOW + TICK)] == ["1"]

    def test_gives_no_lease(self, database: AbstractDatabase) -> None:
        (entry,) = seat(
            database, passenger("1", leased_by="somebody", leased_until=datetime.max.replace(tzinfo=NOW.tzinfo))
        )
        assert (entry.leased_by, entry.leased_until) == ("", None)
        assert len(claim(database)) == 1

    def test_describes_the_attachments_that_come_with_it(self, database: AbstractDatabase) -> None:
        fake = (StoredAttachment(name="no such", format=AttachmentFormat.text, size=1),)
        (entry,) = seat(database, passenger("1", attachments=[text("b.txt", "ä"), binary("a.bin", b"123")]))
        assert [(each.name, each.format, each.size) for each in entry.attachments] == [
            ("b.txt", AttachmentFormat.text, 2),
            ("a.bin", AttachmentFormat.binary, 3),
        ]
        described = passenger("2", attachments=[text("a.txt")])
        database.seat([NewEntry(entry=replace(described.entry, attachments=fake), attachments=described.attachments)])
        assert [each.name for each in database.load(CLIENT, ["id-2"])[0].attachments] == ["a.txt"]

    def test_sequences_ascend_in_the_given_order(self, database: AbstractDatabase) -> None:
        first = seat(database, passenger("3"), passenger("1"))
        second = seat(database, passenger("2"))
        sequences = [entry.sequence for entry in first + second]
        assert sequences == sorted(set(sequences))
        assert sequences[0] > 0

    def test_sequences_go_on_after_the_last_entry_was_deleted(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        settle(database, passenger("2"))
        database.purge(QueuePurge(client_id=CLIENT), limit=10, now=NOW)
        seat(database, passenger("3"))
        assert found(database) == ["3", "1"]

    def test_several_clients_and_routes_at_once(self, database: AbstractDatabase) -> None:
        database.seat([passenger("1"), passenger("2", client_id="beta")])
        database.seat([passenger("3"), passenger("4", client_id="beta", passenger_module="shop.return")])
        database.seat([passenger("5", passenger_module="shop.return"), passenger("6", passenger_module="shop.return")])
        counts = {
            (client_id, each.passenger_module): each.waiting
            for client_id in (CLIENT, "beta")
            for each in database.counts(client_id, now=NOW)
        }
        assert counts == {
            (CLIENT, "shop.order"): 2, (CLIENT, "shop.return"): 2, ("beta", "shop.order"): 1, ("beta", "shop.return"): 1
        }  # fmt: skip


class TestSeatOnce:
    """The identity of a passenger."""

    def test_a_second_one_is_a_duplicate(self, database: AbstractDatabase) -> None:
        (before,) = seat(database, passenger("1", attachments=[text("a.txt", "first")]))
        again = passenger("1", internal_id="other", attachments=[text("a.txt", "second"), text("b.txt")])
        assert database.seat([again]) == [Duplicate(internal_id="id-1")]
        assert database.load(CLIENT, ["id-1", "other"]) == [before]
        assert content(database, before, "a.txt") == b"first"

    def test_also_within_one_call(self, database: AbstractDatabase) -> None:
        results = database.seat([passenger("1"), passenger("2"), passenger("1", internal_id="other")])
        assert results == [Seated(internal_id="id-1"), Seated(internal_id="id-2"), Duplicate(internal_id="id-1")]
        assert found(database) == ["2", "1"]

    def test_the_same_entry_again_is_a_duplicate_not_refused(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        assert database.seat([passenger("1")]) == [Duplicate(internal_id="id-1")]

    def test_a_duplicate_is_not_read(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        again = passenger("1", internal_id="other", attachments=[_broken("a.bin")])
        assert database.seat([again]) == [Duplicate(internal_id="id-1")]

    def test_a_complete_one_still_keeps_its_identity(self, database: AbstractDatabase) -> None:
        settle(database, passenger("1"))
        assert database.seat([passenger("1", internal_id="other")]) == [Duplicate(internal_id="id-1")]

    def test_the_identity_stays_when_the_passenger_changes(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        changes = Changes(source_system="erp", external_id="9", attachments=None)
        database.record([outcome(entry, "check", changes=changes)], now=NOW)
        assert database.seat([passenger("1", internal_id="other")]) == [Duplicate(internal_id="id-1")]
        assert database.seat([passenger("9", source_system="erp")]) == [Seated(internal_id="id-9")]

    def test_what_counts_is_what_it_is_seated_as(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        other = passenger("2", seated_as=("shop", "1"))
        assert database.seat([other]) == [Duplicate(internal_id="id-1")]

    def test_a_purged_one_is_free_again(self, database: AbstractDatabase) -> None:
        settle(database, passenger("1"))
        assert database.purge(QueuePurge(client_id=CLIENT), limit=10, now=NOW) == 1
        assert database.seat([passenger("1")]) == [Seated(internal_id="id-1")]

    @pytest.mark.parametrize(
        "other",
        [
            {"client_id": "other"},
            {"passenger_module": "shop.invoice"},
            {"source_system": "erp"},
            {"source_system": "SHOP"},
            {"source_system": "shop "},
            {"source_system": ""},
            {"seated_as": ("sho", "p1")},
        ],
        ids=str,
    )
    def test_another_one_is_another_passenger(self, database: AbstractDatabase, other: dict[str, str]) -> None:
        seat(database, passenger("1"))
        another = passenger("1", internal_id="another", **other)  # type: ignore[arg-type]  # each fits its parameter
        assert database.seat([another]) == [Seated(internal_id="another")]

    def test_the_parts_of_an_identity_do_not_flow_together(self, database: AbstractDatabase) -> None:
        parts = [("a", "b/c"), ("a/b", "c"), ("a\0b", "c"), ("a", "b\0c"), ("", "abc"), ("abc", "")]
        new = [passenger(part[1], internal_id=str(n), source_system=part[0]) for n, part in enumerate(parts)]
        seat(database, *new)


class TestRefused:
    """What cannot be stored is refused alone."""

    def _refused_alone(self, database: AbstractDatabase, bad: NewEntry) -> None:
        results = database.seat([passenger("before"), bad, passenger("behind")])
        assert [type(result) for result in results] == [Seated, Refused, Seated]
        refused = results[1]
        assert isinstance(refused, Refused)
        assert refused.internal_id == bad.entry.internal_id
        assert refused.reason
        assert found(database) == ["behind", "before"]

    def test_an_attachment_that_breaks_while_it_is_read(self, database: AbstractDatabase) -> None:
        self._refused_alone(database, passenger("1", attachments=[text("a.txt"), _broken("b.bin")]))
        with pytest.raises(NotFound):
            database.open_attachment(CLIENT, "id-1", "a.txt")

    def test_an_attachment_that_cannot_be_opened(self, database: AbstractDatabase) -> None:
        def opener() -> BinaryIO:
            raise FileNotFoundError("it was moved")

        self._refused_alone(database, passenger("1", attachments=[Attachment.from_stream("a.txt", opener)]))

    def test_two_attachments_of_one_name(self, database: AbstractDatabase) -> None:
        self._refused_alone(database, passenger("1", attachments=[text("a.txt"), text("a.txt", "other")]))

    def test_an_attachment_that_claims_to_be_stored(self, database: AbstractDatabase) -> None:
        self._refused_alone(database, passenger("1", attachments=[kept("a.txt")]))

    def test_a_taken_internal_id(self, database: AbstractDatabase) -> None:
        (before,) = seat(database, passenger("1", attachments=[text("a.txt", "first")]))
        results = database.seat([passenger("2", internal_id="id-1", attachments=[text("a.txt", "second")])])
        assert [type(result) for result in results] == [Refused]
        assert database.load(CLIENT, ["id-1"]) == [before]
        assert content(database, before, "a.txt") == b"first"

    def test_also_within_one_call(self, database: AbstractDatabase) -> None:
        results = database.seat([passenger("1", internal_id="x"), passenger("2", internal_id="x")])
        assert [type(result) for result in results] == [Seated, Refused]
        assert found(database) == ["1"]

    def test_not_by_another_client(self, database: AbstractDatabase) -> None:
        (mine,) = seat(database, passenger("1", attachments=[text("a.txt", "mine")]))
        (other,) = seat(database, passenger("1", client_id="other", attachments=[text("a.txt", "other")]))
        assert (content(database, mine, "a.txt"), content(database, other, "a.txt")) == (b"mine", b"other")
        complete(database, other)
        assert database.load(CLIENT, ["id-1"]) == [mine]

    def test_leaves_the_identity_free(self, database: AbstractDatabase) -> None:
        results = database.seat(
            [passenger("1", attachments=[_broken("a.bin")]), passenger("1", attachments=[text("b.txt")])]
        )
        assert [type(result) for result in results] == [Refused, Seated]
        assert [each.name for each in database.load(CLIENT, ["id-1"])[0].attachments] == ["b.txt"]
