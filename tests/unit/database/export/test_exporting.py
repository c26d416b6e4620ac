"""From any engine to any engine: everything arrives, and a repetition brings only what changed."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.export.copying import all_whole
from databus.database.export.progress import Progress
from databus.database.hold import HOLD, effective_hold
from databus.database.records import CONFIG, WholeEntry
from databus.errors import NotFound, StoreError
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import (
    CLIENT,
    DAY,
    NOW,
    SECOND,
    binary,
    changed,
    claim,
    complete,
    head,
    line,
    load,
    outcome,
    passenger,
    seat,
    text,
)
from tests.conformance.conftest import ENGINES
from tests.unit.database.export.conftest import opened
from tests.unit.database.export.world import LATER, configure, entries_of, everything, export, fill


@pytest.fixture
def other(tmp_path: Path, empty_sqlite: Path) -> Iterator[AbstractDatabase]:
    yield from opened(ENGINES["json_db"], tmp_path / "other", empty_sqlite)


def test_everything_arrives(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    fill(source)
    before = everything(source)
    result, _ = export(source, target, tmp_path)
    assert everything(target) == before
    assert everything(source) == before
    (client,) = result.clients
    assert (client.entries, client.written, client.logs, client.documents) == (len(before["entries"]),) * 2 + (3, 3)
    for database in (source, target):
        assert HOLD not in [each.name for each in database.list_documents(CLIENT)]


def test_a_round_trip_gives_identical_manifests(
    source: AbstractDatabase, target: AbstractDatabase, other: AbstractDatabase, tmp_path: Path
) -> None:
    fill(source)
    _, forth = export(source, target, tmp_path)
    _, back = export(target, other, tmp_path)
    assert forth == back
    assert everything(other) == everything(source)


def test_each_entry_is_read_once_on_each_side(
    memory: AbstractDatabase, other: AbstractDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("databus.database.export.entries.BATCH", 2)
    configure(memory)
    seat(memory, *(passenger(str(number), attachments=[text("a", str(number))]) for number in range(5)))
    read: dict[str, list[str]] = {"here": [], "there": []}
    for side, database in (("here", memory), ("there", other)):
        loaded = partial(_reading, database.load_whole, read[side])
        monkeypatch.setattr(database, "load_whole", loaded)
        monkeypatch.setattr(database, "load", None if side == "there" else database.load)
        monkeypatch.setattr(database, "open_attachment", None if side == "there" else database.open_attachment)
    export(memory, other, tmp_path)
    assert read["here"] == [f"id-{number}" for number in range(5)]
    assert sorted(read["there"]) == read["here"]


def _reading(
    load_whole: Callable[..., list[WholeEntry]], read: list[str], client_id: str, ids: list[str], *, room: int
) -> list[WholeEntry]:
    found = load_whole(client_id, ids, room=room)
    read += [whole.entry.internal_id for whole in found]
    return found


def test_what_does_not_fit_into_memory_is_streamed(
    source: AbstractDatabase, other: AbstractDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("databus.database.export.entries.ROOM", 100)
    monkeypatch.setattr("databus.database.export.entries.BATCH_BYTES", 1000)
    monkeypatch.setattr(all_whole, "__kwdefaults__", {"room": 100})
    fill(source)
    export(source, other, tmp_path)
    assert everything(other) == everything(source)


def test_a_repetition_writes_nothing(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    fill(source)
    _, first = export(source, target, tmp_path)
    there = {each.name: each.version for each in target.list_documents(CLIENT)}
    result, second = export(source, target, tmp_path)
    assert first == second
    assert (result.clients[0].written, result.clients[0].updated) == (0, 0)
    assert {each.name: each.version for each in target.list_documents(CLIENT)} == there


def test_a_repetition_brings_what_changed(source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path) -> None:
    fill(source)
    export(source, target, tmp_path)
    by_name = {entry.external_id: entry for entry in entries_of(source)}
    complete(source, by_name["plain"], at=NOW + DAY)
    source.record([changed(by_name["notified"], binary("a.txt", b"HELLO"), at=NOW + DAY)], now=NOW)
    source.record([outcome(by_name["done"], "out", OutcomeKind.INCOMPLETE, at=NOW + DAY)], now=NOW)
    seat(source, passenger("new", attachments=[text("a", "b")]))
    source.append_log(head("long", lines=2100), [line("one more")])
    source.append_log(head("new log"), [line("new")])
    configure(source, b'{"log_life_span": 9}')
    source.write_document(CLIENT, "state/some.passenger", b"later", expected=None, by="", now=LATER, backup=False)
    result, _ = export(source, target, tmp_path)
    assert (result.clients[0].written, result.clients[0].updated) == (1, 3)
    assert everything(target) == everything(source)


def test_an_update_keeps_the_content_of_the_same_size_apart(
    source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path
) -> None:
    configure(source)
    (entry,) = seat(source, passenger("1", attachments=[text("a", "old"), text("b", "same")]))
    export(source, target, tmp_path)
    source.record([changed(entry, text("a", "new"), text("b", "same"))], now=NOW)
    export(source, target, tmp_path)
    assert everything(target)["contents"] == [[b"new", b"same"]]


def test_the_order_of_seating_survives_updates(
    source: AbstractDatabase, target: AbstractDatabase, tmp_path: Path
) -> None:
    configure(source)
    entries = seat(source, *(passenger(str(number)) for number in range(5)))
    export(source, target, tmp_path)
    complete(source, entries[1])
    export(source, target, tmp_path)
    assert [entry.external_id for entry in entries_of(target)] == ["0", "1", "2", "3", "4"]
    assert [each.entry.external_id for each in claim(target, now=LATER)] == ["0", "2", "3", "4"]


def test_only_the_named_clients_travel(source: AbstractDatabase, memory: AbstractDatabase, tmp_path: Path) -> None:
    for client in ("a", "b", "c"):
        configure(source, client_id=client)
    result, manifest = export(source, memory, tmp_path, "c", "a")
    assert [client.client_id for client in result.clients] == ["a", "c"]
    assert sorted(memory.clients()) == sorted(json.loads(manifest)["clients"]) == ["a", "c"]
    export(source, memory, tmp_path)
    assert sorted(memory.clients()) == ["a", "b", "c"]


def test_an_unknown_client_is_named(source: AbstractDatabase, memory: AbstractDatabase, tmp_path: Path) -> None:
    configure(source)
    with pytest.raises(NotFound, match="there is no client nobody; there is acme"):
        export(source, memory, tmp_path, "nobody")
    assert list(tmp_path.glob("manifest*")) == []


def test_a_database_is_not_exported_into_itself(source: AbstractDatabase, tmp_path: Path) -> None:
    configure(source)
    with pytest.raises(StoreError, match="the target is the database that is exported"):
        export(source, source, tmp_path)
    assert effective_hold(source, CLIENT, now=LATER) is None


def test_a_passenger_that_is_worked_on_is_named(
    source: AbstractDatabase, memory: AbstractDatabase, tmp_path: Path
) -> None:
    configure(source)
    seat(source, passenger("1"))
    claim(source, owner="drive 7", lease=2 * DAY)
    with pytest.raises(StoreError, match="drive 7 works on passenger 1 of client acme"):
        export(source, memory, tmp_path)
    assert memory.clients() == {}
    assert effective_hold(source, CLIENT, now=LATER) is None


def test_a_drive_that_ends_is_waited_for(source: AbstractDatabase, memory: AbstractDatabase, tmp_path: Path) -> None:
    configure(source)
    seat(source, passenger("1"))
    claims = claim(source, lease=2 * DAY)

    def tell(progress: Progress) -> None:
        if progress.what == "waiting for drives to end":
            source.renew(claims, lease=NOW - NOW, now=NOW)

    result, _ = export(source, memory, tmp_path, patience=60, tell=tell)
    assert result.clients[0].entries == 1


def test_what_a_drive_still_seats_meanwhile_comes_too(
    source: AbstractDatabase, memory: AbstractDatabase, tmp_path: Path
) -> None:
    configure(source)
    seat(source, passenger("1"))
    late = iter([passenger("2"), passenger("3")])

    def tell(progress: Progress) -> None:
        if progress.what == "entries" and (new := next(late, None)):
            seat(source, new)

    export(source, memory, tmp_path, tell=tell)
    assert [entry.external_id for entry in entries_of(memory)] == ["1", "2", "3"]


def test_what_a_drive_still_does_meanwhile_is_not_missed(
    source: AbstractDatabase, memory: AbstractDatabase, tmp_path: Path
) -> None:
    """One of two failed pushers comes through now: neither states nor ids tell it, and it must not run again."""
    configure(source)
    seat(source, passenger("1", processors=(), pushers=("a", "b")))
    (first,) = claim(source)
    failed = [outcome(first, each, OutcomeKind.FAILED, error="down") for each in "ab"]
    source.record([outcome(first, "notify"), *failed], now=NOW)
    source.renew([first], lease=NOW - NOW, now=NOW)
    told: list[str] = []

    def tell(progress: Progress) -> None:
        if progress.what == "entries" and not told:
            told.append(progress.what)
            (again,) = claim(source, now=LATER, lease=SECOND)
            source.record([outcome(again, "a", at=LATER)], now=LATER)
            source.renew([again], lease=NOW - NOW, now=LATER)

    export(source, memory, tmp_path, tell=tell)
    assert entries_of(memory) == entries_of(source)
    (step,) = (each for each in entries_of(memory)[0].steps if each.name == "a")
    assert step.is_complete


def test_plain_passwords_do_not_travel(source: AbstractDatabase, memory: AbstractDatabase, tmp_path: Path) -> None:
    config = b'{"users": [{"username": "ada", "password": "secret", "role": "administrator"}]}'
    configure(source, config)
    export(source, memory, tmp_path)
    content = memory.read_document(CLIENT, CONFIG).content
    assert b"secret" not in content
    assert content == source.read_document(CLIENT, CONFIG).content


def test_progress_is_told(source: AbstractDatabase, memory: AbstractDatabase, tmp_path: Path) -> None:
    fill(source)
    told: list[Progress] = []
    export(source, memory, tmp_path, tell=told.append)
    entries = [each for each in told if each.what == "entries"]
    assert (entries[-1].done, entries[-1].client_id) == (entries[-1].total, CLIENT)


def test_a_lease_that_has_ended_does_not_matter(
    source: AbstractDatabase, memory: AbstractDatabase, tmp_path: Path
) -> None:
    configure(source)
    (entry,) = seat(source, passenger("1"))
    claim(source, lease=SECOND)
    export(source, memory, tmp_path)
    assert load(memory, entry).leased_until is None
