"""Plug-ins that hang while they are imported: they cost their own client, and nothing else."""

import json
import os
import sys
import threading
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from databus.client.config_reading import ConfigReading
from databus.dispatcher import primal_dispatcher
from databus.dispatcher.client_directory import ClientDirectory
from databus.errors import ConfigError
from databus.timestamps import utc_now
from tests.unit.dispatcher.test_primal_dispatcher import WAIT, Watching, config, configure, route, running, tick
from tests.unit.dispatcher.test_trouble import dispatcher_on
from tests.unit.driver.conftest import RouteBuilder

__all__ = ["route"]

SLOW = """
import slow_gate
from databus.pusher.abstract_pusher import AbstractPusher
slow_gate.gate.begun.release()
slow_gate.gate.open.wait()
class Pusher(AbstractPusher):
    def push(self, passenger):
        pass
"""
PROBLEM = "slow/config.json: passengers[0].pushers[0]: module slow_pusher did not finish importing within 0.05 seconds"


@dataclass
class Gate:
    """Holds the import of ``slow_pusher`` until it is opened."""

    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    open: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    (tmp_path / "slow_pusher.py").write_text(SLOW)
    monkeypatch.syspath_prepend(str(tmp_path))
    module = types.ModuleType("slow_gate")
    made = Gate()
    vars(module)["gate"] = made
    monkeypatch.setitem(sys.modules, "slow_gate", module)
    yield made
    made.open.set()
    sys.modules.pop("slow_pusher", None)


def slow_config(route: RouteBuilder) -> dict[str, object]:
    return {**config(route, sync_frequency=1), "pushers": ["slow_pusher"]}


def wait_for_drive(observer: Watching, client_id: str) -> None:
    with observer.changed:
        assert observer.changed.wait_for(lambda: client_id in {client for client, _, _ in observer.seen}, WAIT)


def test_the_other_clients_are_driven_while_a_module_hangs(
    route: RouteBuilder, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(primal_dispatcher, "PATIENCE", 0.0)
    configure(route.database, "slow", slow_config(route))
    configure(route.database, "acme", config(route, sync_frequency=1))
    with running(route.database, observer := Watching()):
        assert gate.begun.acquire(timeout=WAIT)
        wait_for_drive(observer, "acme")
        assert "slow" not in {client for client, _, _ in observer.seen}
        gate.open.set()
        wait_for_drive(observer, "slow")


def test_a_hanging_module_is_a_problem_after_the_limit_until_it_comes_back(route: RouteBuilder, gate: Gate) -> None:
    configure(route.database, "slow", slow_config(route))
    dispatcher, _ = dispatcher_on(route.database)
    directory = ClientDirectory(route.database, limit=0.05)
    now = utc_now()
    for later in (timedelta(seconds=1), timedelta(minutes=5)):
        tick(dispatcher, directory, now + later)
        assert [str(problem) for problem in directory.get("slow").problems] == [PROBLEM]
    assert gate.begun.acquire(timeout=WAIT)
    assert not gate.begun.acquire(blocking=False)
    assert len([thread for thread in threading.enumerate() if thread.name.startswith("reading slow")]) == 1
    reading = directory.get("slow").reading
    assert reading is not None
    gate.open.set()
    reading._over.wait(WAIT)
    assert tick(dispatcher, directory, now + timedelta(minutes=10)) == [("slow", route.passenger)]
    assert directory.get("slow").problems == []


def test_an_edit_that_takes_the_hanging_module_out_counts_at_once(
    route: RouteBuilder, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(primal_dispatcher, "PATIENCE", 0.0)
    configure(route.database, "slow", slow_config(route))
    dispatcher, directory = dispatcher_on(route.database)
    assert tick(dispatcher, directory, utc_now()) == []
    assert gate.begun.acquire(timeout=WAIT)
    monkeypatch.setattr(primal_dispatcher, "PATIENCE", WAIT)
    configure(route.database, "slow", config(route, sync_frequency=1))
    assert tick(dispatcher, directory, utc_now()) == [("slow", route.passenger)]


LEAVING = """
from databus.pusher.abstract_pusher import AbstractPusher
from pydantic import BaseModel, SecretStr, field_validator
class Unshown(BaseException):
    def __str__(self): raise SystemExit("no text")
class Model(BaseModel):
    key: SecretStr = ""
    @field_validator("key")
    @classmethod
    def check(cls, value):
        raise WAY(f"bad key {value.get_secret_value()}")
class Pusher(AbstractPusher):
    Settings = Model
    def push(self, passenger): pass
"""


@pytest.mark.parametrize("way", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "Unshown"])
def test_plug_ins_that_leave_hide_no_other_problem_and_no_secret_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    checking, importing = f"leaving_check_{way.lower()}", f"leaving_import_{way.lower()}"
    (tmp_path / f"{checking}.py").write_text(LEAVING.replace("WAY", way))
    (tmp_path / f"{importing}.py").write_text(LEAVING + f"raise {way}('early')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    pushers = [importing, {"module": checking, "settings": {"key": "${PW}"}}, "not_there"]
    document = json.dumps({"zzz": 1, "passengers": [{"name": "databus.passenger.document", "pushers": pushers}]})
    with pytest.raises(ConfigError) as caught:
        ConfigReading(document.encode(), file="config.json", environ={"PW": "hunter2secret"}).result()
    problems = {problem.path: problem.reason for problem in caught.value.problems}
    places = {"zzz", "passengers[0].pushers[0]", "passengers[0].pushers[1].settings", "passengers[0].pushers[2]"}
    assert problems.keys() == places
    assert f"its check failed: {way}" in problems["passengers[0].pushers[1].settings"]
    assert "hunter2secret" not in str(caught.value)


def test_what_cannot_be_checked_is_told_with_its_place_and_without_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = "class Odd(type(AbstractPusher)):\n    @property\n    def Settings(cls): raise ValueError('hunter2secret')\n"
    pusher = "class Pusher(AbstractPusher, metaclass=Odd):\n    def push(self, passenger): pass\n"
    head = "from databus.pusher.abstract_pusher import AbstractPusher\n"
    (tmp_path / "odd_pusher.py").write_text(head + odd + pusher)
    monkeypatch.syspath_prepend(str(tmp_path))
    document = b'{"passengers": [{"name": "databus.passenger.document", "pushers": ["odd_pusher"]}]}'
    with pytest.raises(ConfigError) as caught:
        ConfigReading(document, file="config.json", environ={}).result()
    assert str(caught.value) == "config.json: passengers[0].pushers[0]: it cannot be checked: ValueError"


def test_a_reference_to_a_file_that_never_ends_is_a_problem(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    document = f'{{"users": [{{"username": "u", "password": "${{file:{tmp_path}/pipe}}"}}]}}'.encode()
    reading = ConfigReading(document, file="config.json", environ={}, limit=0.05)
    with pytest.raises(
        ConfigError, match=r"config.json: reading the files that it refers to did not end within 0.05 s"
    ):
        reading.result()
    with open(tmp_path / "pipe", "wb"):
        pass  # lets its thread end
