"""An export that breaks off at any call of the target, or of the source, goes on at the next time."""

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from databus.database.export import ledger
from databus.database.hold import effective_hold
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.errors import StoreUnreachable
from databus.testing.samples import (
    CLIENT,
    DAY,
    NOW,
    SECOND,
    binary,
    changed,
    complete,
    head,
    line,
    passenger,
    seat,
    text,
)
from tests.unit.database.export.breaking import Breaking, clocks
from tests.unit.database.export.world import LATER, configure, entries_of, everything, export


def _source() -> MemoryDatabase:
    source = MemoryDatabase({})
    for number in range(3):
        configure(source, b"{%d}" % number)
    for number in range(3):
        source.append_log(head(f"log {number}"), [line("one"), line("two")])
    seat(source, *(passenger(str(number), attachments=[text("a", str(number))]) for number in range(7)))
    return source


def _advance(source: MemoryDatabase) -> None:
    entries = entries_of(source)
    complete(source, entries[1], at=NOW + SECOND)
    source.record([changed(entries[3], binary("new", b"content"))], now=NOW)
    seat(source, passenger("late"))
    source.append_log(head("log 1", lines=2), [line("three")])
    configure(source, b"{9}")
    source.write_document(CLIENT, "state/x", b"x", expected=None, by="", now=NOW, backup=False)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "ROWS", 3)
    monkeypatch.setattr(ledger, "DOCUMENTS", 6)
    monkeypatch.setattr("databus.database.export.entries.ROWS", 3)
    monkeypatch.setattr("databus.database.export.entries.BATCH", 2)


@pytest.mark.parametrize("done", [True, False], ids=["after its work", "before its work"])
@pytest.mark.parametrize("side", ["source", "target"])
def test_at_every_call(side: str, done: bool, tmp_path: Path) -> None:
    _, expected = export(_source(), MemoryDatabase({}), tmp_path)
    for at in count(1):
        source, target, times = _source(), MemoryDatabase({}), clocks()
        both: dict[str, Any] = {"source": source, "target": target}
        both[side] = Breaking(both[side], at, done=done)
        try:
            export(both["source"], both["target"], tmp_path, clock=next(times))
        except StoreUnreachable:
            _check_hidden(target)
        _, manifest = export(source, target, tmp_path, clock=next(times))
        assert manifest == expected
        assert everything(target) == everything(source)
        assert effective_hold(target, CLIENT, now=LATER + DAY) is None
        if not both[side].is_lost:
            return


def _check_hidden(target: MemoryDatabase) -> None:
    """Whoever drives the target does not see the client, or must not drive it: it may be half there."""
    if CLIENT in target.clients() and len(everything(target)["documents"]) < 1:
        assert effective_hold(target, CLIENT, now=LATER + DAY) is not None


@pytest.mark.parametrize("done", [True, False], ids=["after its work", "before its work"])
def test_at_every_call_of_a_repetition(done: bool, tmp_path: Path) -> None:
    for at in count(1):
        source, target, times = _source(), MemoryDatabase({}), clocks()
        export(source, target, tmp_path, clock=next(times))
        _advance(source)
        breaking: Any = Breaking(target, at, done=done)
        try:
            export(source, breaking, tmp_path, clock=next(times))
        except StoreUnreachable:
            export(source, target, tmp_path, clock=next(times))
        assert everything(target) == everything(source)
        if not breaking.is_lost:
            return


def test_a_client_that_is_half_there_is_not_driven(tmp_path: Path) -> None:
    """Between its configuration and the end of the verification it is seen, and held."""
    source, seen, times = _source(), 0, clocks()
    for at in count(1):
        target: Any = MemoryDatabase({})
        breaking: Any = Breaking(target, at, done=True)
        try:
            export(source, breaking, tmp_path, clock=next(times))
        except StoreUnreachable:
            if target.clients():
                complete_now = everything(target) == everything(source)
                held = effective_hold(target, CLIENT, now=LATER + timedelta(days=99)) is not None
                assert held or complete_now
                seen += held
        else:
            break
    assert seen > 0


def test_the_ledger_does_not_grow_for_ever(tmp_path: Path) -> None:
    source, target, times = _source(), MemoryDatabase({}), clocks()
    sizes = []
    for number in range(12):
        entry = entries_of(source)[0]
        source.record([changed(entry, text("a", f"{number}"), at=NOW + number * SECOND)], now=NOW)
        export(source, target, tmp_path, clock=next(times))
        sizes.append(sum(each.name.startswith(ledger.FOLDER) for each in target.list_documents(CLIENT)))
    assert max(sizes) < 14
    assert min(sizes[5:]) < max(sizes)
    complete(target, entries_of(target)[1])
    with pytest.raises(Exception, match="it was changed there"):
        export(source, target, tmp_path, clock=next(times))
