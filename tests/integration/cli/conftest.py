"""The command line, run on real folders: in this process where that is the same, else in processes of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from databus.cli.app import run
from databus.cli.where import ENVIRONMENT

PULLER = """
from databus.passenger.attachment import Attachment
from databus.passenger.document import Document
from databus.puller.abstract_puller import AbstractPuller

class ShopPuller(AbstractPuller):
    def pull(self):
        for name in ("apple", "pear", "../plum"):
            document = Document(external_id=name, source_system="shop", puller_module=self.__module__)
            document.attachments.append(Attachment(name=name + ".txt", text_content=name))
            yield document

    def notify_passengers_seated(self, seated_passengers):
        pass
"""

PUSHER = """
from pathlib import Path
from databus.pusher.abstract_pusher import AbstractPusher

class ShopPusher(AbstractPusher):
    def push(self, passenger):
        if passenger.passenger.external_id == "pear" and Path("broken").exists():
            raise ValueError("no pears today")
"""

ROUTE = {
    "name": "databus.passenger.document",
    "pullers": ["shop_puller"],
    "pushers": [{"module": "shop_pusher", "name": "deliver"}],
}

SHOP = {"log_life_span": 7, "passengers": [ROUTE], "users": [{"username": "ada", "role": "administrator"}]}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Databus = Callable[..., Answer]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working directory; Python forgets afterwards which plug-ins were in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ENVIRONMENT.values():
        monkeypatch.delenv(name, raising=False)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        origin = getattr(sys.modules[name], "__file__", None)
        if origin and Path(origin).is_relative_to(tmp_path):
            del sys.modules[name]


@pytest.fixture
def databus(capsys: pytest.CaptureFixture[str]) -> Databus:
    """Run a command in this process."""

    def call(*arguments: str) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            run(arguments)
        out, err = capsys.readouterr()
        return Answer(int(end.value.code or 0), out, err)

    return call


@pytest.fixture
def shop(folder: Path) -> Path:
    """A client ``shop`` whose plug-ins lie in ``data/plugins``: it pulls the same three passengers each time."""
    (folder / "data/plugins").mkdir(parents=True)
    (folder / "data/plugins/shop_puller.py").write_text(PULLER, encoding="utf-8")
    (folder / "data/plugins/shop_pusher.py").write_text(PUSHER, encoding="utf-8")
    client = folder / "data/json_db/clients/shop"
    client.mkdir(parents=True)
    (client / "config.json").write_text(json.dumps(SHOP), encoding="utf-8")
    return client


def command(*arguments: str) -> list[str]:
    """Return the command line of a process of its own."""
    return [sys.executable, "-m", "databus", *arguments]


def spawn(*arguments: str, **options: Any) -> "subprocess.Popen[str]":
    """Start a command in a process of its own; its errors come through a pipe."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(command(*arguments), env=environment, **options)


def read_until(stream: Any, part: str) -> str:
    """Read lines until one has this part; return all of them."""
    lines = []
    for line in stream:
        lines.append(line)
        if part in line:
            return "".join(lines)
    raise AssertionError(f"the process ended without {part!r}:\n{''.join(lines)}")
