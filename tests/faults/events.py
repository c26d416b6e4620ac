"""What happened, one line per event, in a file that outlives whoever wrote it."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple


class Event(NamedTuple):
    """What happened to which document in which life of the process."""

    what: str
    life: int
    name: str


class Events:
    """Appends events, whole lines only, and reads them."""

    def __init__(self, path: Path, life: int = 0) -> None:
        self.path = path
        self.life = life

    def add(self, what: str, *names: str) -> None:
        """Append one event for each name; they are on disk when this returns."""
        if not names:
            return
        lines = "".join(f"{what} {self.life} {name}\n" for name in names)
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.write(fd, lines.encode())
            os.fsync(fd)
        finally:
            os.close(fd)

    def read(self) -> list[Event]:
        """Return all events that are whole."""
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        return [_event(line) for line in lines if line.endswith("\n")]

    def names(self, what: str) -> set[str]:
        """Return what this happened to."""
        return {event.name for event in self.read() if event.what == what}


def _event(line: str) -> Event:
    what, life, name = line.rstrip("\n").split(" ", 2)
    return Event(what, int(life), name)


STEPS = {"notify": "notified", "process": "processed", "push": "pushed"}
"""The event that a plug-in writes, by the kind of its step; ``recorded-KIND`` comes when the database has it."""


def repeats_after_recording(events: Iterable[Event]) -> list[Event]:
    """Return the steps that ran although the database had their outcome, or twice in one life."""
    recorded: set[tuple[str, str]] = set()
    seen: set[Event] = set()
    wrong = []
    for event in events:
        if event.what in STEPS.values():
            if (event.what, event.name) in recorded or event in seen:
                wrong.append(event)
            seen.add(event)
        elif event.what.startswith("recorded-"):
            recorded.add((STEPS[event.what.removeprefix("recorded-")], event.name))
    return wrong


def pushes_after_recording(events: Iterable[Event]) -> list[Event]:
    """Return the pushes that were made although the database had the outcome of an earlier one."""
    recorded: set[str] = set()
    wrong = []
    for event in events:
        if event.what == "recorded-push":
            recorded.add(event.name)
        elif event.what == "pushed" and event.name in recorded:
            wrong.append(event)
    return wrong


def doubtful_pushes(events: Iterable[Event]) -> dict[int, set[str]]:
    """Return what each life has pushed and a later life pushed again."""
    lives: dict[str, list[int]] = {}
    for event in events:
        if event.what == "pushed":
            lives.setdefault(event.name, []).append(event.life)
    doubtful: dict[int, set[str]] = {}
    for life, name in _all_but_last(lives):
        doubtful.setdefault(life, set()).add(name)
    return doubtful


def _all_but_last(lives: dict[str, list[int]]) -> Iterator[tuple[int, str]]:
    for name, pushed in lives.items():
        for life in pushed[:-1]:
            yield life, name
