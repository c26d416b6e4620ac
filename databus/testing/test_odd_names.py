"""Names and texts as the world has them."""

from datetime import UTC, datetime, timedelta

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Duplicate, Seated
from databus.pqueue.outcome import Changes, OutcomeKind
from databus.testing.samples import (
    CLIENT,
    NOW,
    ODD_TEXTS,
    TICK,
    claim,
    content,
    found,
    load,
    outcome,
    passenger,
    seat,
    text,
)

odd_texts = pytest.mark.parametrize("odd", ODD_TEXTS.values(), ids=ODD_TEXTS)


class TestOddNames:
    """Text is kept exactly."""

    @odd_texts
    def test_external_ids_and_source_systems(self, database: AbstractDatabase, odd: str) -> None:
        seat(database, passenger("plain", source_system="plain"))
        (entry,) = seat(database, passenger(odd, internal_id="odd", source_system=odd))
        assert (entry.external_id, entry.source_system, entry.seated_as) == (odd, odd, (odd, odd))
        again = passenger(odd, internal_id="again", source_system=odd)
        assert database.seat([again]) == [Duplicate(internal_id="odd")]
        if odd:
            assert found(database, source_system=odd) == [odd]
            assert found(database, search=odd) == [odd]

    @odd_texts
    def test_internal_ids(self, database: AbstractDatabase, odd: str) -> None:
        (plain,) = seat(database, passenger("plain", attachments=[text("a.txt", "plain")]))
        (entry,) = seat(database, passenger("1", internal_id=odd, attachments=[text("a.txt", "odd")]))
        assert entry.internal_id == odd
        assert (content(database, plain, "a.txt"), content(database, entry, "a.txt")) == (b"plain", b"odd")
        (claimed,) = claim(database, after=plain.sequence)
        database.record([outcome(claimed, "check")], now=NOW)
        assert [step.is_complete for step in load(database, entry).steps] == [False, True, False]

    @odd_texts
    def test_attachments(self, database: AbstractDatabase, odd: str) -> None:
        (entry,) = seat(database, passenger("1", attachments=[text("plain.txt", "plain"), text(odd, "odd")]))
        assert [each.name for each in entry.attachments] == ["plain.txt", odd]
        assert (content(database, entry, "plain.txt"), content(database, entry, odd)) == (b"plain", b"odd")
        if odd:
            assert found(database, attachment=odd) == ["1"]

    def test_all_attachments_in_one_passenger(self, database: AbstractDatabase) -> None:
        attachments = [text(odd, odd or "nothing") for odd in ODD_TEXTS.values()]
        (entry,) = seat(database, passenger("1", attachments=attachments))
        assert [each.name for each in entry.attachments] == list(ODD_TEXTS.values())
        for attachment in attachments:
            with attachment.open() as stream:
                assert content(database, entry, attachment.name) == stream.read()

    @odd_texts
    def test_modules_and_pullers(self, database: AbstractDatabase, odd: str) -> None:
        new = passenger("1", passenger_module=odd, puller_module=odd, puller_name=odd, log_guids=(odd,))
        (entry,) = seat(database, new)
        assert (entry.passenger_module, entry.puller_module, entry.puller_name) == (odd, odd, odd)
        assert entry.log_guids == (odd,)
        assert [each.passenger_module for each in database.counts(CLIENT, now=NOW)] == [odd]

    @odd_texts
    def test_steps_errors_and_owners(self, database: AbstractDatabase, odd: str) -> None:
        (entry,) = seat(database, passenger("1", processors=(odd,), pushers=(odd + "x",)))
        (claimed,) = claim(database, owner=odd)
        assert claimed.owner == load(database, entry).leased_by == odd
        failure = outcome(claimed, odd, OutcomeKind.FAILED, error=f"E {odd}", log_guid=f"g {odd}")
        assert database.record([failure], now=NOW) == []
        stored = load(database, entry)
        assert (stored.steps[1].name, stored.steps[1].last_error, stored.log_guids) == (odd, f"E {odd}", (f"g {odd}",))
        assert found(database, error=f"E {odd}") == ["1"]
        if odd:
            assert found(database, step=odd) == ["1"]

    @odd_texts
    def test_changes(self, database: AbstractDatabase, odd: str) -> None:
        (entry,) = seat(database, passenger("1"))
        changes = Changes(source_system=odd, external_id=odd, attachments=[text(odd, "new")])
        assert database.record([outcome(entry, "check", changes=changes)], now=NOW) == []
        stored = load(database, entry)
        assert (stored.source_system, stored.external_id, stored.attachments[0].name) == (odd, odd, odd)

    def test_all_of_them_are_different_passengers(self, database: AbstractDatabase) -> None:
        new = [passenger(odd, internal_id=str(number)) for number, odd in enumerate(ODD_TEXTS.values())]
        assert database.seat(new) == [Seated(internal_id=str(number)) for number in range(len(new))]
        assert found(database) == list(ODD_TEXTS.values())[::-1]


class TestTimes:
    """Times are kept to the microsecond."""

    @pytest.mark.parametrize(
        "time",
        [
            datetime(1970, 1, 1, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2024, 2, 29, 12, 0, 0, 123456, tzinfo=UTC),
            datetime(2106, 2, 7, 6, 28, 16, 5, tzinfo=UTC),
        ],
        ids=str,
    )
    def test_of_every_kind(self, database: AbstractDatabase, time: datetime) -> None:
        (entry,) = seat(database, passenger("1", pull_datetime=time))
        failure = outcome(entry, "check", OutcomeKind.FAILED, at=time, due_on=time + TICK)
        database.record([outcome(entry, "notify"), failure], now=time)
        stored = load(database, entry)
        times = (stored.pull_datetime, stored.steps[1].changed_on, stored.steps[1].due_on)
        assert times == (time, time, time + TICK)
        assert {each.utcoffset() for each in times if each} == {timedelta(0)}
        assert claim(database, now=time) == []
        (claimed,) = claim(database, now=time + TICK)
        assert claimed.entry.leased_until == time + TICK + timedelta(minutes=1)
