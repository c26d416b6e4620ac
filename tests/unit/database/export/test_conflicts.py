"""What the target has of its own is never overwritten silently."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.database.export.conflicts import ExportConflicts, OnConflict
from databus.database.hold import effective_hold
from databus.database.records import CONFIG, Duplicate, NewEntry, QueuePurge, Refused, Seated, State
from databus.errors import StoreError
from databus.testing.samples import (
    CLIENT,
    DAY,
    NOW,
    SECOND,
    changed,
    claim,
    complete,
    content,
    head,
    line,
    load,
    outcome,
    passenger,
    seat,
    text,
)
from tests.conformance.conftest import PARAMETERS, engine_named
from tests.schemas import Servers
from tests.unit.database.export.conftest import opened
from tests.unit.database.export.world import LATER, configure, entries_of, everything, export

ALL = tuple(state for state in State if state is not State.RUNNING)


@pytest.fixture
def source(memory: AbstractDatabase) -> AbstractDatabase:
    """The engine of the source does not matter here."""
    configure(memory)
    seat(memory, *(passenger(name, attachments=[text("a", "here")]) for name in ("1", "2", "3")))
    memory.append_log(head(), [line("one")])
    return memory


@pytest.fixture(params=PARAMETERS)
def target(
    request: pytest.FixtureRequest, servers: Servers, tmp_path: Path, empty_sqlite: Path
) -> Iterator[AbstractDatabase]:
    """Every engine, those on servers, too."""
    yield from opened(engine_named(request.param, servers), tmp_path / "target", empty_sqlite)


def _conflicts(source: AbstractDatabase, target: AbstractDatabase, folder: Path, **more: OnConflict) -> list[str]:
    before = everything(target)
    with pytest.raises(ExportConflicts) as caught:
        export(source, target, folder, **more)
    assert everything(target) == before
    assert effective_hold(source, CLIENT, now=LATER) is None
    return [f"{each.kind} {each.name}: {each.reason}" for each in caught.value.conflicts]


def test_an_entry_that_was_changed_there(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    export(source, target, tmp_path)
    (first, *_) = entries_of(target)
    complete(target, first)
    assert _conflicts(source, target, tmp_path) == ["entry id-1: it was changed there"]
    assert effective_hold(target, CLIENT, now=LATER) is None


def test_an_entry_that_both_have_changed(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    export(source, target, tmp_path)
    for database, step in ((source, "check"), (target, "out")):
        database.record([outcome(entries_of(database)[1], step)], now=NOW)
    assert _conflicts(source, target, tmp_path) == ["entry id-2: it was changed there"]


def test_skipping_leaves_it(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    export(source, target, tmp_path)
    complete(target, entries_of(target)[0])
    complete(source, entries_of(source)[1])
    result, manifest = export(source, target, tmp_path, on_conflict=OnConflict.SKIP)
    assert (result.clients[0].skipped, result.clients[0].updated, result.clients[0].entries) == (1, 1, 2)
    assert b"id-1" not in manifest
    assert [entry.completed_on is not None for entry in entries_of(target)] == [True, True, False]


def test_replacing_keeps_the_order(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    export(source, target, tmp_path)
    complete(target, entries_of(target)[0])
    target.record([changed(entries_of(target)[1], text("mine", "there"))], now=NOW)
    result, _ = export(source, target, tmp_path, on_conflict=OnConflict.REPLACE)
    assert result.clients[0].updated == 2
    assert everything(target) == everything(source)


def test_a_stranger_with_the_same_identity(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    configure(target)
    seat(target, passenger("2", internal_id="mine"))
    assert _conflicts(source, target, tmp_path) == ["entry id-2: another entry there holds its identity"]
    export(source, target, tmp_path, on_conflict=OnConflict.REPLACE)
    assert everything(target) == everything(source)


def test_a_stranger_with_the_same_internal_id(
    source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path
) -> None:
    configure(target)
    seat(target, passenger("other", internal_id="id-2"))
    assert _conflicts(source, target, tmp_path) == ["entry id-2: it was changed there"]
    export(source, target, tmp_path, on_conflict=OnConflict.REPLACE)
    assert everything(target) == everything(source)


def test_an_entry_that_came_anew_under_its_identity(
    source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path
) -> None:
    export(source, target, tmp_path)
    source.purge(QueuePurge(client_id=CLIENT, states=ALL, internal_ids=("id-3",)), limit=1, now=NOW)
    seat(source, passenger("3", internal_id="new"))
    export(source, target, tmp_path)
    assert everything(target) == everything(source)


def test_a_content_that_was_changed_by_hand(source: AbstractDatabase, tmp_path: Path, memory: AbstractDatabase) -> None:
    from databus.database.json_db.json_database import JsonDatabase

    target = JsonDatabase({"path": str(tmp_path / "db")})
    target.open()
    export(source, target, tmp_path)
    (tmp_path / "db/clients/acme/pqueue/id-2/attachments/a").write_text("mine")
    conflicts = _conflicts(source, target, tmp_path)
    assert conflicts == ["entry id-2: attachment 'a' has another content there"]
    skipped, _ = export(source, target, tmp_path, on_conflict=OnConflict.SKIP)
    assert (skipped.clients[0].skipped, skipped.clients[0].entries) == (1, 2)
    export(source, target, tmp_path, on_conflict=OnConflict.REPLACE)
    assert everything(target) == everything(source)
    target.close()


def test_a_content_that_the_target_stores_otherwise(
    source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat_all = target.seat

    def seat_otherwise(entries: Sequence[NewEntry]) -> list[Seated | Duplicate | Refused]:
        return seat_all([replace(each, attachments=[text("a", "lost")]) for each in entries])

    monkeypatch.setattr(target, "seat", seat_otherwise)
    with pytest.raises(ExportConflicts, match="entry id-2: attachment 'a' has another content there"):
        export(source, target, tmp_path)


def test_a_document_that_was_changed_there(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    export(source, target, tmp_path)
    target.write_document(CLIENT, CONFIG, b"{}", expected=None, by="bob", now=NOW + SECOND)
    assert _conflicts(source, target, tmp_path) == ["document config.json: it was changed there"]
    skipped, _ = export(source, target, tmp_path, on_conflict=OnConflict.SKIP)
    assert (skipped.clients[0].skipped, skipped.clients[0].documents) == (1, 0)
    assert target.read_document(CLIENT, CONFIG).content == b"{}"
    export(source, target, tmp_path, on_conflict=OnConflict.REPLACE)
    assert everything(target) == everything(source)


def test_a_log_that_differs_cannot_be_replaced(
    source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path
) -> None:
    export(source, target, tmp_path)
    target.append_log(head(lines=1), [line("mine")])
    expected = ["log log-1: it has more lines there"]
    assert _conflicts(source, target, tmp_path) == expected
    assert _conflicts(source, target, tmp_path, on_conflict=OnConflict.REPLACE) == expected
    source.append_log(head(lines=1), [line("other")])
    assert _conflicts(source, target, tmp_path) == ["log log-1: it has other lines there"]
    source.append_log(head(lines=2), [line("more")])
    assert _conflicts(source, target, tmp_path) == ["log log-1: it has other lines there"]
    result, _ = export(source, target, tmp_path, on_conflict=OnConflict.SKIP)
    assert (result.clients[0].skipped, result.clients[0].logs) == (1, 0)


def test_nothing_is_written_before_all_conflicts_are_known(
    source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path
) -> None:
    target.append_log(head(created_on=NOW + DAY), [line("mine")])
    target.write_document(CLIENT, "notes", b"mine", expected=None, by="", now=NOW)
    source.write_document(CLIENT, "notes", b"other", expected=None, by="", now=NOW)
    seat(target, passenger("2", internal_id="mine"))
    conflicts = _conflicts(source, target, tmp_path)
    assert sorted(each.split()[0] for each in conflicts) == ["document", "entry", "log"]
    assert target.clients() == {}


def test_what_another_source_has_exported_is_not_ours(
    source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path
) -> None:
    from databus.database.memory_db.memory_database import MemoryDatabase

    second = MemoryDatabase({})
    export(source, second, tmp_path)
    complete(second, entries_of(second)[0])
    export(second, target, tmp_path)
    assert _conflicts(source, target, tmp_path) == ["entry id-1: it was changed there"]


def test_what_only_the_target_has_stays(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    configure(target)
    seat(target, passenger("mine"))
    result, _ = export(source, target, tmp_path, on_conflict=OnConflict.REPLACE)
    assert result.clients[0].extra == 1
    assert [entry.external_id for entry in entries_of(target)] == ["mine", "1", "2", "3"]


def test_another_order_is_told(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    export(source, target, tmp_path)
    target.purge(QueuePurge(client_id=CLIENT, states=ALL, internal_ids=("id-1",)), limit=1, now=NOW)
    with pytest.raises(ExportConflicts, match="stand at other places there"):
        export(source, target, tmp_path)
    result, _ = export(source, target, tmp_path, on_conflict=OnConflict.SKIP)
    assert (result.clients[0].out_of_order, result.clients[0].entries) == (1, 3)


def test_an_entry_that_is_driven_there(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    export(source, target, tmp_path)
    claim(target, owner="their drive", lease=9 * DAY)
    with pytest.raises(StoreError, match="their drive works on passenger 3 of client acme in the target"):
        export(source, target, tmp_path)


def test_a_passenger_that_the_target_refuses_is_named(
    source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = source.open_attachment

    def broken(client_id: str, internal_id: str, name: str) -> object:
        if internal_id == "id-2":
            raise OSError("no such disk")
        return opened(client_id, internal_id, name)

    monkeypatch.setattr(source, "open_attachment", broken)
    with pytest.raises(StoreError, match=r"passenger 2 \(id-2\) of client acme cannot be stored in the target: .*disk"):
        export(source, target, tmp_path)
    assert target.clients() == {}
    assert effective_hold(target, CLIENT, now=LATER) is not None


def test_a_passenger_that_is_purged_meanwhile_is_left_out(
    source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = source.open_attachment

    def purging(client_id: str, internal_id: str, name: str) -> object:
        if internal_id == "id-2":
            source.purge(QueuePurge(client_id=CLIENT, states=ALL, internal_ids=("id-2",)), limit=1, now=NOW)
        return opened(client_id, internal_id, name)

    monkeypatch.setattr(source, "open_attachment", purging)
    export(source, target, tmp_path)
    assert [entry.external_id for entry in entries_of(target)] == ["1", "3"]


def test_the_content_is_what_was_exported(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    export(source, target, tmp_path)
    assert content(target, load(target, entries_of(source)[0]), "a") == b"here"
