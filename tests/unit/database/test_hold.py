"""Holding a client: who may, how long, and what is left when the holder dies."""

import subprocess
import sys
import threading
from datetime import datetime, timedelta

import orjson
import pytest

from databus.database import hold as hold_module
from databus.database.hold import HOLD, LEASE, Hold, Holding, effective_hold
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.errors import StoreError
from databus.testing.samples import CLIENT, MINUTE, NOW, SECOND


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def database() -> MemoryDatabase:
    return MemoryDatabase({})


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _holding(database: MemoryDatabase, clock: Clock, by: str = "export") -> Holding:
    return Holding(database, CLIENT, by=by, clock=clock)


def _put(database: MemoryDatabase, hold: Hold) -> None:
    database.write_document(CLIENT, HOLD, orjson.dumps(hold), expected=None, by="", now=NOW, backup=False)


def test_a_client_is_held_for_the_time_of_a_block(database: MemoryDatabase, clock: Clock) -> None:
    assert effective_hold(database, CLIENT, now=NOW) is None
    with _holding(database, clock) as holding:
        hold = effective_hold(database, CLIENT, now=NOW)
        assert hold is not None
        assert (hold.by, hold.token) == ("export", holding.token)
        assert effective_hold(database, "other", now=NOW) is None
    assert effective_hold(database, CLIENT, now=NOW) is None
    assert database.list_documents(CLIENT) == []


def test_an_error_ends_it_too(database: MemoryDatabase, clock: Clock) -> None:
    with pytest.raises(ZeroDivisionError), _holding(database, clock):
        raise ZeroDivisionError
    assert effective_hold(database, CLIENT, now=NOW) is None


def test_only_one_can_hold(database: MemoryDatabase, clock: Clock) -> None:
    with (
        _holding(database, clock, "the first"),
        pytest.raises(StoreError, match="client acme is held by the first"),
        _holding(database, clock, "the second"),
    ):
        pass


def test_it_ends_by_itself_where_the_holder_is_away(database: MemoryDatabase, clock: Clock) -> None:
    _put(database, Hold(by="export", until=NOW + LEASE, host="elsewhere"))
    assert effective_hold(database, CLIENT, now=NOW + LEASE - SECOND) is not None
    assert effective_hold(database, CLIENT, now=NOW + LEASE) is None
    clock.now += LEASE
    with _holding(database, clock, "the next"):
        pass


def test_a_process_that_died_here_holds_no_more(database: MemoryDatabase, clock: Clock) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    _put(database, Hold(by="export", until=NOW + LEASE, pid=dead.pid))
    assert effective_hold(database, CLIENT, now=NOW) is None
    with _holding(database, clock):
        pass


def test_what_is_incomplete_stays_held_until_it_is_complete(database: MemoryDatabase, clock: Clock) -> None:
    with _holding(database, clock) as holding:
        holding.set_incomplete(True)
    assert effective_hold(database, CLIENT, now=NOW + timedelta(days=999)) is not None
    with _holding(database, clock) as holding:
        assert holding.is_incomplete
        holding.set_incomplete(False)
    assert effective_hold(database, CLIENT, now=NOW) is None


def test_it_is_renewed(database: MemoryDatabase, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold_module, "RENEWAL", 0.001)
    renewed = threading.Event()

    class Watched(MemoryDatabase):
        def write_document(self, *args: object, **more: object) -> object:  # type: ignore[override] # passes all on
            document = super().write_document(*args, **more)  # type: ignore[arg-type] # as above
            if clock.now > NOW:
                renewed.set()
            return document

    watched = Watched({})
    with _holding(watched, clock) as holding:
        clock.now += MINUTE
        assert renewed.wait(20)
        holding.check()
        assert effective_hold(watched, CLIENT, now=NOW + MINUTE) is not None


def test_a_holder_learns_that_it_holds_no_more(
    database: MemoryDatabase, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold_module, "RENEWAL", 0.001)
    holding = _holding(database, clock)
    holding.__enter__()
    (renewing,) = (thread for thread in threading.enumerate() if thread.name == f"hold {CLIENT}")
    _put(database, Hold(by="somebody", until=NOW + LEASE))
    renewing.join(20)
    with pytest.raises(StoreError, match="could not be held any longer"):
        holding.check()
    with pytest.raises(StoreError, match="could not be held to the end"):
        holding.__exit__(None, None, None)


def test_what_cannot_be_read_holds_nothing(database: MemoryDatabase, clock: Clock) -> None:
    database.write_document(CLIENT, HOLD, b"{", expected=None, by="", now=NOW)
    assert effective_hold(database, CLIENT, now=NOW) is None
    with _holding(database, clock):
        pass


def test_who_slept_beyond_the_lease_leaves_the_hold_of_who_came_after(database: MemoryDatabase, clock: Clock) -> None:
    """A machine that stood still: what its successor has half built must not be driven."""
    slept = _holding(database, clock, "first")
    slept.__enter__()
    clock.now += LEASE + SECOND
    with _holding(database, clock, "second") as second:
        second.set_incomplete(True)
        with pytest.raises(StoreError, match="could not be held to the end"):
            slept.__exit__(None, None, None)
        hold = effective_hold(database, CLIENT, now=clock.now)
        assert hold is not None
        assert (hold.by, hold.incomplete) == ("second", True)
        second.set_incomplete(False)
    assert effective_hold(database, CLIENT, now=clock.now) is None
