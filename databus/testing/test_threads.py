"""Many threads at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TypeVar

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG, Claim, Duplicate, QueueQuery, Seated
from databus.errors import NotFound, StoreError, VersionConflict
from databus.pqueue.outcome import Outcome
from databus.testing.samples import (
    CLIENT,
    MINUTE,
    NOW,
    binary,
    changed,
    claim,
    content,
    found,
    head,
    line,
    load,
    outcome,
    passenger,
    seat,
    text,
)

T = TypeVar("T")

THREADS = 6

ROUNDS = 20
"""So often two threads meet that mostly miss each other."""


def _at_once(work: Callable[[int], T], threads: int = THREADS) -> list[T]:
    """Run the work in several threads that begin together, and return what each gave."""
    barrier = Barrier(threads)

    def run(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(run, number) for number in range(threads)]]


class TestThreads:
    """No two of them get in each other's way."""

    def test_one_identity_is_seated_once(self, database: AbstractDatabase) -> None:
        names = [str(number) for number in range(30)]

        def work(thread: int) -> list[object]:
            return list(database.seat([passenger(name, internal_id=f"{thread}-{name}") for name in names]))

        results = _at_once(work)
        seated = [each for result in results for each in result if isinstance(each, Seated)]
        duplicates = [each for result in results for each in result if isinstance(each, Duplicate)]
        assert len(seated) == len(names)
        assert len(duplicates) == len(names) * (THREADS - 1)
        assert sorted(found(database)) == sorted(names)
        assert {each.internal_id for each in duplicates} == {each.internal_id for each in seated}

    def test_one_entry_is_claimed_once(self, database: AbstractDatabase) -> None:
        seat(database, *(passenger(str(number)) for number in range(60)))

        def work(thread: int) -> list[Claim]:
            claims: list[Claim] = []
            while window := claim(
                database, owner=str(thread), limit=7, after=claims[-1].entry.sequence if claims else 0
            ):
                claims += window
            return claims

        claimed = [each.entry.external_id for claims in _at_once(work) for each in claims]
        assert len(claimed) == len(set(claimed))
        assert sorted(claimed + [each.entry.external_id for each in claim(database)]) == sorted(map(str, range(60)))

    def test_every_outcome_is_stored(self, database: AbstractDatabase) -> None:
        names = [f"push {number}" for number in range(THREADS)]
        entries = seat(database, *(passenger(str(number), processors=(), pushers=names) for number in range(10)))

        def work(thread: int) -> None:
            for entry in entries:
                assert database.record([outcome(entry, names[thread], log_guid=names[thread])], now=NOW) == []

        _at_once(work)
        for entry in entries:
            stored = load(database, entry)
            assert [step.is_complete for step in stored.steps] == [False, *([True] * THREADS)]
            assert sorted(stored.log_guids) == names

    def test_steps_of_one_claim_that_end_together_complete_it(self, database: AbstractDatabase) -> None:
        names = ("a", "b")
        seat(database, *(passenger(str(number), processors=(), pushers=names) for number in range(ROUNDS)))
        for of_one in claim(database):
            assert database.record([outcome(of_one, "notify")], now=NOW) == []

            def work(thread: int, of_one: Claim = of_one) -> list[Outcome]:
                return database.record([outcome(of_one, names[thread])], now=NOW)

            assert _at_once(work, threads=2) == [[], []]
            assert load(database, of_one).completed_on == NOW
        assert claim(database, now=NOW + MINUTE) == []

    def test_one_lock_has_one_owner(self, database: AbstractDatabase) -> None:
        owners = _at_once(lambda thread: database.lock("pull", owner=str(thread), lease=MINUTE, now=NOW))
        assert owners.count(True) == 1

    def test_one_of_two_editors_wins(self, database: AbstractDatabase) -> None:
        first = database.write_document(CLIENT, CONFIG, b"first", expected="", by="", now=NOW)

        def work(thread: int) -> bool:
            try:
                database.write_document(CLIENT, CONFIG, b"%d" % thread, expected=first.version, by="", now=NOW)
            except VersionConflict:
                return False
            return True

        won = _at_once(work)
        assert won.count(True) == 1
        assert database.read_document(CLIENT, CONFIG).content == b"%d" % won.index(True)

    @pytest.mark.parametrize("backup", [True, False])
    def test_writers_that_check_nothing_leave_one_current_version(
        self, database: AbstractDatabase, backup: bool
    ) -> None:
        def write(content: bytes) -> None:
            database.write_document(CLIENT, CONFIG, content, expected=None, by="", now=NOW, backup=backup)

        def work(thread: int) -> None:
            for number in range(10):
                write(b"%d of %d" % (number, thread))

        _at_once(work)
        assert [each.name for each in database.list_documents(CLIENT)] == [CONFIG]
        assert len(database.document_history(CLIENT, CONFIG)) == (10 * THREADS - 1 if backup else 0)
        write(b"the last")
        assert database.read_document(CLIENT, CONFIG).content == b"the last"

    def test_every_log_has_its_lines(self, database: AbstractDatabase) -> None:
        def work(thread: int) -> None:
            for number in range(20):
                database.append_log(head(str(thread), lines=number), [line(f"{thread} {number}")])

        _at_once(work)
        for thread in range(THREADS):
            _, lines = database.read_log(CLIENT, str(thread))
            assert [each.message for each in lines] == [f"{thread} {number}" for number in range(20)]


class TestReaders:
    """Readers see things whole while others write."""

    def test_every_seated_entry_every_time(self, database: AbstractDatabase) -> None:
        done = Event()
        seated: list[str] = []

        def write() -> None:
            try:
                for number in range(40):
                    new = passenger(str(number), attachments=[text("a.txt", str(number)), text("b.txt")])
                    assert len(seat(database, new)) == 1
                    seated.append(str(number))
            finally:
                done.set()

        def read() -> None:
            more = True
            while more:
                more = not done.is_set()
                expected = set(seated)
                entries = database.find(QueueQuery(client_id=CLIENT, limit=1000), now=NOW).items
                assert expected <= {entry.external_id for entry in entries}
                for entry in entries[:3]:
                    assert [each.name for each in entry.attachments] == ["a.txt", "b.txt"]
                    assert content(database, entry, "a.txt").decode() == entry.external_id

        _at_once(lambda thread: read() if thread else write(), threads=3)

    def test_one_content_or_the_other(self, database: AbstractDatabase) -> None:
        done = Event()
        size = 300_000
        (entry,) = seat(database, passenger("1", attachments=[binary("a.bin", b"x" * size)]))

        def write() -> int:
            try:
                for number in range(30):
                    data = bytes([number]) * size
                    assert database.record([changed(entry, binary("a.bin", data))], now=NOW) == []
            finally:
                done.set()
            return 0

        def read() -> int:
            times, more = 0, True
            while more:
                more = not done.is_set()
                try:
                    data = content(database, entry, "a.bin")
                except NotFound:
                    raise
                except StoreError:
                    continue  # replaced while it was read: an error is as good as a content
                assert len(data) == size
                assert len(set(data)) == 1
                times += 1
            return times

        assert sum(_at_once(lambda thread: read() if thread else write(), threads=3)) > 0
