"""Calls through a real socket do what the same calls of the engine do."""

import inspect
import threading
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from databus import errors
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import CONFIG, Page, QueueQuery, RouteCounts, Seated
from databus.database.remote.failures import decode_error, encode_error
from databus.database.remote.remote_database import RemoteDatabase
from databus.database.remote.server import DatabaseServer
from databus.errors import ConfigError, DatabusError, NotFound, Problem, StoreError, StoreUnreachable, VersionConflict
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue.outcome import Changes, Outcome, OutcomeKind, StepKind
from tests.unit.database.remote.samples import NOW, ROUTE, VastDatabase, new_entry

LEASE = timedelta(seconds=60)
MIB = 1024 * 1024


def test_a_passenger_travels_the_whole_way(remote: RemoteDatabase, database: MemoryDatabase) -> None:
    odd = "\udcff/../\ud800\udc00 ü"
    assert remote.seat([new_entry(1, [Attachment(odd, text_content="text"), Attachment("b", AttachmentFormat.binary)])])
    (claim,) = remote.claim(ROUTE, after=0, limit=9, owner="me", lease=LEASE, now=NOW)
    with remote.open_attachment("demo", "id-1", odd) as stream:
        assert stream.read() == b"text"
    kept = Attachment("renamed")
    kept.stored_as = odd
    changes = Changes(source_system="s", external_id="e", attachments=[kept, Attachment("new", text_content="new")])
    assert remote.record([_outcome(claim.fence, changes)], now=NOW) == []
    assert remote.renew([claim], lease=timedelta(0), now=NOW) == []
    (entry,) = remote.load("demo", ["id-1"])
    assert [(a.name, a.size) for a in entry.attachments] == [("renamed", 4), ("new", 3)]
    assert database.load("demo", ["id-1"]) == [entry]
    assert remote.find(QueueQuery(client_id="demo"), now=NOW) == Page(items=(entry,))
    assert remote.counts("demo", now=NOW) == [RouteCounts(passenger_module=ROUTE.passenger_module, waiting=1)]


def _outcome(fence: int | None, changes: Changes | None = None, internal_id: str = "id-1") -> Outcome:
    return Outcome(
        client_id="demo", internal_id=internal_id, kind=StepKind.PROCESS, name="check", result=OutcomeKind.COMPLETE,
        at=NOW, fence=fence, changes=changes,
    )  # fmt: skip


def test_what_is_rejected_or_lost_comes_back_as_the_very_objects(remote: RemoteDatabase) -> None:
    remote.seat([new_entry(1)])
    (claim,) = remote.claim(ROUTE, after=0, limit=1, owner="me", lease=LEASE, now=NOW)
    remote.claim(ROUTE, after=0, limit=1, owner="you", lease=LEASE, now=NOW + 2 * LEASE)
    late = Changes(source_system="s", external_id="e", attachments=[Attachment("a", text_content="late")])
    outcomes = [_outcome(None), _outcome(claim.fence, late), _outcome(None, internal_id="gone")]
    rejected = remote.record(outcomes, now=NOW)
    assert [outcomes.index(outcome) for outcome in rejected] == [1, 2]
    assert rejected[0] is outcomes[1]
    assert remote.renew([claim], lease=LEASE, now=NOW)[0] is claim


def test_errors_come_as_what_they_are(remote: RemoteDatabase) -> None:
    with pytest.raises(NotFound):
        remote.read_document("demo", CONFIG)
    with pytest.raises(NotFound):
        remote.open_attachment("demo", "none", "none")
    document = remote.write_document("demo", CONFIG, b"\xff\0", expected="", by="me", now=NOW)
    assert remote.read_document("demo", CONFIG) == document
    with pytest.raises(VersionConflict):
        remote.write_document("demo", CONFIG, b"2", expected="", by="me", now=NOW)
    assert remote.clients() == {"demo": document.version}


@pytest.mark.parametrize(
    "kind",
    [c for c in vars(errors).values() if inspect.isclass(c) and issubclass(c, DatabusError) and c != ConfigError],
)
def test_every_error_of_the_tree_keeps_class_and_text(kind: type[DatabusError]) -> None:
    back = decode_error(encode_error(kind("one sentence")))
    assert (type(back), str(back)) == (kind, "one sentence")


def test_other_errors_come_as_the_nearest_of_the_tree() -> None:
    class OfAnEngine(VersionConflict):
        pass

    assert type(decode_error(encode_error(OfAnEngine("x")))) is VersionConflict
    back = decode_error(encode_error(ZeroDivisionError("x")))
    assert (type(back), str(back)) == (StoreError, "The owner of the database failed: ZeroDivisionError: x")
    problems = [Problem("f", "p", "r"), Problem("f", "", "q")]
    of_config = decode_error(encode_error(ConfigError(problems)))
    assert isinstance(of_config, ConfigError)
    assert of_config.problems == problems


def test_an_attachment_that_cannot_be_read_is_refused_alone(remote: RemoteDatabase, database: MemoryDatabase) -> None:
    def vanished() -> BinaryIO:
        raise FileNotFoundError("vanished.pdf")

    class Failing(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError("half")
            return super().read(4)

    entries = [
        new_entry(1, [Attachment.from_stream("a", vanished)]),
        new_entry(2, [Attachment.from_stream("a", lambda: Failing(b"more than four"))]),
        new_entry(3, [Attachment("a", text_content="good")]),
    ]
    first, second, third = remote.seat(entries)
    assert "vanished.pdf" in getattr(first, "reason", "")
    assert "half" in getattr(second, "reason", "")
    assert third == Seated(internal_id="id-3")
    assert database.load("demo", ["id-1", "id-2", "id-3"])[0].attachments[0].size == 4


class CountingDatabase(MemoryDatabase):
    """Reads what it is given in pieces, and keeps only the number of bytes; each attachment is read twice."""

    def seat(self, entries: Sequence[object]) -> list[object]:  # type: ignore[override] # a test's engine
        self.sizes = [
            sum(len(piece) for piece in _pieces(attachment.open))
            for entry in entries
            for attachment in 2 * list(entry.attachments)  # type: ignore[attr-defined] # they are NewEntry
        ]
        self.memory = tracemalloc.get_traced_memory()[1]
        return []


def _pieces(opener: Callable[[], BinaryIO]) -> list[bytes]:
    with opener() as stream:
        return list(iter(lambda: stream.read(MIB)[:1000], b""))


def _stream_of(size: int) -> Callable[[], BinaryIO]:
    def opener() -> BinaryIO:
        return VastDatabase.open_attachment(VastDatabase({}), "", "", "")

    assert size == VastDatabase.SIZE
    return opener


def test_large_contents_are_never_whole_in_memory(tmp_path: Path) -> None:
    """Server and caller are both in this process: what they take together is measured."""
    size = VastDatabase.SIZE
    engine = CountingDatabase({})
    with DatabaseServer(engine, folder=tmp_path) as server:
        remote = RemoteDatabase({"endpoint": server.path})
        tracemalloc.start()
        try:
            remote.seat([new_entry(1, [Attachment.from_stream("a", _stream_of(size)), Attachment("b")])])
        finally:
            tracemalloc.stop()
        remote.close()
    assert engine.sizes == [size // MIB * 1000, 0, size // MIB * 1000, 0]
    assert engine.memory < 16 * MIB
    assert list(tmp_path.iterdir()) == []


def test_large_contents_are_read_as_they_arrive(tmp_path: Path) -> None:
    with DatabaseServer(VastDatabase({}), folder=tmp_path) as server:
        remote = RemoteDatabase({"endpoint": server.path})
        tracemalloc.start()
        try:
            with remote.open_attachment("demo", "1", "a") as stream:
                read = sum(len(piece) for piece in iter(lambda: stream.read(MIB), b""))
                memory = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert read == VastDatabase.SIZE
        assert memory < 16 * MIB
        with remote.open_attachment("demo", "1", "a") as stream:
            assert stream.read(10) == b"x" * 10
        assert remote.clients() == {}
        remote.close()


def test_a_stream_that_fails_at_the_owner_fails_at_the_caller(tmp_path: Path) -> None:
    class Failing(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise NotFound("purged in the meantime")
            return super().read(size)

    class Engine(MemoryDatabase):
        def open_attachment(self, client_id: str, internal_id: str, name: str) -> BinaryIO:
            return Failing(b"abc")

    with DatabaseServer(Engine({}), folder=tmp_path) as server:
        remote = RemoteDatabase({"endpoint": server.path})
        with remote.open_attachment("demo", "1", "a") as stream:
            assert stream.read(3) == b"abc"
            with pytest.raises(NotFound, match="purged"):
                stream.read(1)
        assert remote.clients() == {}
        remote.close()


def test_fifty_callers_at_once(remote: RemoteDatabase, database: MemoryDatabase) -> None:
    together = threading.Barrier(50)

    def travel(number: int) -> bytes:
        together.wait()
        content = str(number) * 10_000
        remote.seat([new_entry(number, [Attachment("a", text_content=content)])])
        with remote.open_attachment("demo", f"id-{number}", "a") as stream:
            return stream.read()

    with ThreadPoolExecutor(50) as pool:
        contents = list(pool.map(travel, range(50)))
    assert contents == [(str(number) * 10_000).encode() for number in range(50)]
    assert len(database.find(QueueQuery(client_id="demo", limit=100), now=NOW).items) == 50


def test_more_callers_than_places_wait_for_their_turn(tmp_path: Path) -> None:
    with DatabaseServer(MemoryDatabase({}), folder=tmp_path, connections=3) as server:

        def ask(_: int) -> Mapping[str, str]:
            caller = RemoteDatabase({"endpoint": server.path})
            try:
                return caller.clients()
            finally:
                caller.close()

        with ThreadPoolExecutor(12) as pool:
            assert list(pool.map(ask, range(30))) == [{}] * 30


def test_a_message_that_is_too_large_is_told(remote: RemoteDatabase) -> None:
    with pytest.raises(StoreError, match="Too much for one call"):
        remote.write_document("demo", "a", bytes(100 * MIB), expected=None, by="", now=NOW)
    assert remote.clients() == {}


def test_closing_is_for_the_caller_alone(remote: RemoteDatabase, server: DatabaseServer) -> None:
    remote.close()
    remote.close()
    with pytest.raises(StoreError, match="closed"):
        remote.clients()
    remote.open()
    assert remote.clients() == {}
    never_opened = RemoteDatabase({"endpoint": server.path})
    never_opened.close()


def test_wrong_arguments_are_the_callers_own_error(remote: RemoteDatabase) -> None:
    with pytest.raises(TypeError):
        remote.counts("demo")  # type: ignore[call-arg] # on purpose
    with pytest.raises(TypeError):
        remote.lock("x", "y")  # type: ignore[call-arg] # on purpose


def test_times_keep_their_microseconds(remote: RemoteDatabase) -> None:
    until = datetime.max.replace(tzinfo=NOW.tzinfo) - timedelta(days=1)
    assert remote.lock("pull", owner="a", lease=timedelta(microseconds=1), now=until)
    assert not remote.lock("pull", owner="b", lease=LEASE, now=until)
    assert remote.lock("pull", owner="b", lease=timedelta(0), now=until + timedelta(microseconds=1))


def test_the_caller_hears_when_nothing_can_be_spooled(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    with DatabaseServer(MemoryDatabase({}), folder=folder) as server:
        endpoint = tmp_path / "moved.json"
        server.path.rename(endpoint)
        folder.rmdir()
        remote = RemoteDatabase({"endpoint": endpoint})
        with pytest.raises(StoreError, match="cannot keep what it receives"):
            remote.seat([new_entry(1, [Attachment("a", text_content="x" * 3 * MIB)])])
        assert remote.clients() == {}
        remote.close()


def test_an_owner_that_left_is_one_sentence(remote: RemoteDatabase, server: DatabaseServer) -> None:
    server.stop()
    with pytest.raises(StoreUnreachable, match="No running process serves"):
        remote.clients()


def test_a_new_owner_is_found(remote: RemoteDatabase, server: DatabaseServer, tmp_path: Path) -> None:
    assert remote.clients() == {}
    server.stop()
    with DatabaseServer(MemoryDatabase({}), folder=tmp_path):
        assert remote.seat([new_entry(1)]) == [Seated(internal_id="id-1")]
