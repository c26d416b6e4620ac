"""A client goes from engine to engine, servers among them, and comes back as it was."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from databus.database import steps
from databus.database.abstract_database import AbstractDatabase
from databus.database.export import ledger
from databus.database.hold import effective_hold
from databus.database.records import CONFIG, State
from databus.errors import StoreUnreachable
from databus.pqueue.outcome import NOTIFY, OutcomeKind
from databus.testing.samples import (
    CLIENT,
    DAY,
    NOW,
    binary,
    changed,
    complete,
    head,
    line,
    outcome,
    passenger,
    seat,
    text,
)
from tests.conformance.conftest import SERVERS, engine_named
from tests.schemas import Servers
from tests.unit.database.export.breaking import Breaking, clocks
from tests.unit.database.export.world import LATER, entries_of, everything, export, fill

MANY = 10**6
"""More calls than an export makes."""

MIB = 1 << 20
LARGE = bytes(range(256)) * (3 * MIB // 256) + b"the end"

CONFIGURATION = {
    "log_life_span": 7,
    "passengers": [
        {
            "name": "databus.passenger.demo.demo_passenger_1",
            "pullers": ["databus.puller.demo.demo_puller_1"],
            "pushers": ["databus.pusher.demo.demo_pusher_1"],
            "sync_frequency": 0.5,
        }
    ],
    "users": [
        {"username": "ada", "password": "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", "role": "administrator"},
        {"username": "Bob Ä", "password": "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$b3RoZXI", "role": "operator"},
    ],
}

Open = Callable[[str], AbstractDatabase]


def _route(*names: str) -> Any:
    servers = [SERVERS[name][0] for name in names if name in SERVERS]
    return pytest.param(names, marks=pytest.mark.server(*servers) if servers else (), id=" to ".join(names))


ROUTES = [
    _route("json_db", "sqlite", "json_db"),
    _route("json_db", "postgresql", "mariadb", "json_db"),
    _route("json_db", "mssql", "json_db"),
    _route("sqlite", "mariadb", "postgresql", "sqlite"),
]

ON_SERVERS = [
    pytest.param(name, marks=pytest.mark.server(SERVERS[name][0]), id=name) for name in ("postgresql", "mariadb")
]


@pytest.fixture
def opened(servers: Servers, tmp_path: Path) -> Iterator[Open]:
    """Opens one new database after the other."""
    with ExitStack() as stack:

        def opened(name: str) -> AbstractDatabase:
            folder = tmp_path / f"{len(list(tmp_path.iterdir()))} {name}"
            folder.mkdir()
            database = engine_named(name, servers).place(folder).open()
            stack.callback(database.close)
            return database

        yield opened


def _lay_out(source: AbstractDatabase) -> None:
    """Give a client all that a client can have."""
    fill(source)
    now = NOW + timedelta(minutes=3, microseconds=142_857)
    configuration = json.dumps(CONFIGURATION, ensure_ascii=False).encode()
    source.write_document(CLIENT, CONFIG, configuration, expected=None, by="Grace Ö", now=now)
    contents = [binary("large.bin", LARGE), text("empty.txt", ""), binary("empty", b""), text("📎 Ünï/cöde.txt", "ß€")]
    _, given_up = seat(source, passenger("large", attachments=contents, pull_datetime=now), passenger("given up"))
    dead = outcome(given_up, "check", OutcomeKind.FAILED, error="E: no", dead=True, at=now)
    source.record([outcome(given_up, NOTIFY, at=now), dead], now=now)


@pytest.mark.parametrize("names", ROUTES)
def test_a_round_trip(names: tuple[str, ...], opened: Open, tmp_path: Path) -> None:
    first = here = opened(names[0])
    _lay_out(first)
    before, manifests = everything(first), []
    for name in names[1:]:
        there = opened(name)
        result, manifest = export(here, there, tmp_path)
        assert (result.clients[0].written, result.clients[0].entries) == (len(before["entries"]),) * 2
        assert everything(there) == before
        manifests.append(manifest)
        here = there
    assert len(set(manifests)) == 1
    assert {steps.state(entry, LATER) for entry in before["entries"]} == set(State) - {State.RUNNING}
    assert LARGE in [each for contents in before["contents"] for each in contents]


@pytest.mark.parametrize("name", ON_SERVERS)
def test_it_goes_on_where_the_server_was_lost(
    name: str, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "ROWS", 4)
    monkeypatch.setattr("databus.database.export.entries.ROWS", 4)
    monkeypatch.setattr("databus.database.export.entries.BATCH", 2)
    source, target, times = opened("memory_db"), opened(name), clocks()
    _lay_out_little(source)
    unbroken = Breaking(target, MANY, done=True)
    _, expected = export(source, cast(AbstractDatabase, unbroken), tmp_path, clock=next(times))
    calls = MANY - unbroken.left
    for number, at in enumerate(range(1, calls, calls // 6)):
        target.delete_client(CLIENT, now=LATER)
        broken = cast(AbstractDatabase, Breaking(target, at, done=number % 2 == 0))
        with pytest.raises(StoreUnreachable):
            export(source, broken, tmp_path, clock=next(times))
        _, manifest = export(source, target, tmp_path, clock=next(times))
        assert manifest == expected
        assert everything(target) == everything(source)
        assert effective_hold(target, CLIENT, now=LATER + DAY) is None


def _lay_out_little(source: AbstractDatabase) -> None:
    source.write_document(CLIENT, CONFIG, b"{}", expected=None, by="ada", now=NOW)
    source.append_log(head(), [line("one"), line("two")])
    entries = seat(source, *(passenger(str(number), attachments=[text("a", str(number))]) for number in range(9)))
    complete(source, *entries[::3])


@pytest.mark.parametrize("name", ON_SERVERS)
def test_a_repetition_brings_what_changed(name: str, opened: Open, tmp_path: Path) -> None:
    source, target = opened("json_db"), opened(name)
    _lay_out(source)
    export(source, target, tmp_path)
    by_name = {entry.external_id: entry for entry in entries_of(source)}
    complete(source, by_name["plain"], by_name["notified"], at=LATER)
    contents = [binary("large.bin", LARGE[::-1]), text("new", "new")]
    source.record([changed(by_name["large"], *contents, at=LATER)], now=NOW)
    seat(source, passenger("new", attachments=[text("a", "b")]))
    source.append_log(head("long", lines=2100), [line("one more")])
    result, _ = export(source, target, tmp_path)
    assert (result.clients[0].written, result.clients[0].updated) == (1, 3)
    assert everything(target) == everything(source)
