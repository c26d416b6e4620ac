"""``databus start`` as a process of its own, on the folder that ``databus init`` lays out."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import pytest

LIMIT = 60
"""Seconds for anything to happen; only a test that fails waits so long."""

OFTEN = 0.001
"""Minutes: at every tick."""

HANGING_PUSHER = '''
"""Says that it has begun, and hangs for as long as the file ``hang`` is there to be read to its end."""
import sys
from databus.pusher.abstract_pusher import AbstractPusher

class HangingPusher(AbstractPusher):
    def push(self, passenger):
        print("push of", passenger.passenger.external_id, file=sys.stderr, flush=True)
        try:
            with open("hang") as pipe:
                pipe.read()
        except FileNotFoundError:
            pass
        with open("delivered", "a") as target:
            target.write(passenger.passenger.external_id + "\\n")
'''

ONE_PULLER = """
from databus.passenger.document import Document
from databus.puller.abstract_puller import AbstractPuller

class OnePuller(AbstractPuller):
    def pull(self):
        yield Document(external_id="one", source_system="source", puller_module=__name__)

    def notify_passengers_seated(self, seated_passengers):
        pass
"""


class Started:
    """A running ``databus start`` and what it says."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "databus", "start", "--no-web"],
            cwd=folder,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.said: list[str] = []
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, part: str) -> str:
        """Return the next line that has this part."""
        while True:
            try:
                line = self._lines.get(timeout=LIMIT)
            except Empty:
                line = None
            if line is None:
                raise AssertionError(f"it did not say {part!r}:\n{''.join(self.said)}")
            self.said.append(line)
            if part in line:
                return line

    def end(self, *signals: signal.Signals) -> int:
        """Send signals; return the exit code."""
        for number in signals:
            self.process.send_signal(number)
        return self.process.wait(LIMIT)

    def clean_up(self) -> None:
        """Leave nothing behind."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        if self.process.stderr is not None:
            self.process.stderr.close()


def databus(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "databus", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=LIMIT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    answer = databus(tmp_path, "init")
    assert answer.returncode == 0, answer.stderr
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[[], Started]]:
    begun: list[Started] = []

    def begin() -> Started:
        begun.append(Started(folder))
        return begun[-1]

    yield begin
    for each in begun:
        each.clean_up()


def client(folder: Path, name: str) -> Path:
    return folder / "data/json_db/clients" / name


def edit(folder: Path, name: str, **route: Any) -> None:
    """Change the client's only route, as a person does with an editor."""
    file = client(folder, name) / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config["passengers"][0].update(route)
    file.write_text(json.dumps(config, indent=2), encoding="utf-8")


@pytest.fixture
def hanging(folder: Path) -> Path:
    """A client whose only push hangs until somebody opens the pipe ``hang`` and closes it."""
    (folder / "data/plugins/one_puller.py").write_text(ONE_PULLER, encoding="utf-8")
    (folder / "data/plugins/hanging_pusher.py").write_text(HANGING_PUSHER, encoding="utf-8")
    os.mkfifo(folder / "hang")
    client(folder, "slow").mkdir()
    route = {"name": "databus.passenger.document", "pullers": ["one_puller"], "pushers": ["hanging_pusher"]}
    config = json.dumps({"passengers": [{**route, "sync_frequency": 60}]})
    (client(folder, "slow") / "config.json").write_text(config, encoding="utf-8")
    return folder


def test_it_drives_at_once_and_ends_with_0_on_sigterm(folder: Path, start: Callable[[], Started]) -> None:
    running = start()
    assert "2 pulled, 2 seated, 2 pushed, 0 failed" in running.wait_for("demo databus.passenger.demo")
    assert running.end(signal.SIGTERM) == 0
    assert "Traceback" not in "".join(running.said)
    listed = databus(folder, "queue", "demo", "--json").stdout.splitlines()
    assert [json.loads(line)["state"] for line in listed] == ["complete", "complete"]


def test_a_second_one_exits_with_3_and_names_the_holder(folder: Path, start: Callable[[], Started]) -> None:
    running = start()
    running.wait_for("2 pushed")
    second = databus(folder, "start", "--no-web")
    assert second.returncode == 3
    assert str(running.process.pid) in second.stderr
    assert "Traceback" not in second.stderr
    assert running.process.poll() is None


def test_sigterm_lets_a_push_finish_and_exits_with_0(hanging: Path, start: Callable[[], Started]) -> None:
    running = start()
    running.wait_for("push of one")
    running.process.send_signal(signal.SIGTERM)
    running.wait_for("a second signal ends at once")
    (hanging / "hang").open("w").close()
    assert running.end() == 0
    assert (hanging / "delivered").read_text(encoding="utf-8") == "one\n"
    [entry] = databus(hanging, "queue", "slow", "--json").stdout.splitlines()
    assert json.loads(entry)["state"] == "complete"


def test_a_second_signal_ends_at_once_and_loses_nothing(hanging: Path, start: Callable[[], Started]) -> None:
    running = start()
    running.wait_for("push of one")
    running.process.send_signal(signal.SIGINT)
    running.wait_for("a second signal ends at once")
    assert running.end(signal.SIGTERM) == 128 + signal.SIGTERM
    assert not (hanging / "delivered").exists()

    (hanging / "hang").unlink()
    again = start()
    again.wait_for("slow databus.passenger.document: 1 pulled, 0 seated, 1 pushed")
    assert again.end(signal.SIGTERM) == 0
    assert (hanging / "delivered").read_text(encoding="utf-8") == "one\n"


def test_it_starts_again_after_kill_9(hanging: Path, start: Callable[[], Started]) -> None:
    running = start()
    running.wait_for("push of one")
    assert running.end(signal.SIGKILL) == -signal.SIGKILL

    (hanging / "hang").unlink()
    again = start()
    again.wait_for("slow databus.passenger.document: 1 pulled, 0 seated, 1 pushed")
    assert again.end(signal.SIGTERM) == 0
    assert (hanging / "delivered").read_text(encoding="utf-8") == "one\n"


def test_edits_by_hand_take_effect_without_a_restart(folder: Path, start: Callable[[], Started]) -> None:
    running = start()
    running.wait_for("demo databus.passenger.demo")  # and the next one is due in a minute
    edit(folder, "demo", sync_frequency=OFTEN)
    running.wait_for("demo databus.passenger.demo")

    shutil.copytree(
        client(folder, "demo"), client(folder, "acme"), ignore=shutil.ignore_patterns("pqueue", "log", ".databus")
    )
    running.wait_for("acme databus.passenger.demo")
    assert running.end(signal.SIGTERM) == 0


def test_a_broken_configuration_stops_only_its_client_until_it_is_mended(
    folder: Path, start: Callable[[], Started]
) -> None:
    edit(folder, "demo", sync_frequency=OFTEN)
    good = (client(folder, "demo") / "config.json").read_text(encoding="utf-8")
    running = start()
    running.wait_for("demo databus.passenger.demo")
    client(folder, "acme").mkdir()
    (client(folder, "acme") / "config.json").write_text(good[: len(good) // 2], encoding="utf-8")
    for _ in range(3):
        running.wait_for("demo databus.passenger.demo")
    assert not any("acme databus." in line for line in running.said)
    check = databus(folder, "check")
    assert check.returncode == 1
    assert "acme/config.json" in check.stdout

    (client(folder, "acme") / "config.json").write_text(good, encoding="utf-8")
    running.wait_for("acme databus.passenger.demo")

    edit(folder, "acme", processors=["no.such.module"])
    del running.said[:]
    for _ in range(3):
        running.wait_for("acme databus.passenger.demo")  # its last good one keeps running
    assert "no.such.module" in databus(folder, "check").stdout
    assert running.end(signal.SIGTERM) == 0
