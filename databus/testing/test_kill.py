"""What an engine has promised survives ``kill -9``."""

import json
import os
import subprocess
import sys
from collections import defaultdict

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG, Entry, QueueQuery
from databus.errors import NotFound
from databus.testing import victim
from databus.testing.engine import Place
from databus.testing.samples import CLIENT, DAY, NOW, claim, content, passenger, seat


def _killed_after(place: Place, promises: int, first: int) -> list[tuple[str, int]]:
    """Let a victim work, kill it after some promises, and return these."""
    command = [sys.executable, "-m", victim.__name__, place.module, json.dumps(place.arguments), str(first)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(promises)]
        process.kill()
        lines += process.stdout.readlines()
    said = [line.split() for line in lines if line.endswith("\n")]
    assert len(said) >= promises, "the victim died by itself"
    return [(what, int(number)) for what, number in said]


class TestKill:
    """A victim is killed in the middle of its work, several times over one database."""

    @pytest.mark.parametrize("step", [1, 7])
    def test_every_promise_is_kept(self, durable_place: Place, step: int) -> None:
        promised: defaultdict[str, set[int]] = defaultdict(set)
        first = 0
        for promises in range(step, step + 16, 5):
            for what, number in _killed_after(durable_place, promises, first):
                promised[what].add(number)
                first = max(first, number + 1)
            database = durable_place.open()
            self._check(database, promised)
            first = max(first, self._next(database))
            database.close()

    def _next(self, database: AbstractDatabase) -> int:
        """Return the number that no trace is left of: the log goes on where it ended."""
        numbers = [int(entry.external_id) for entry in self._entries(database)]
        return max(numbers, default=-1) + 1

    def _entries(self, database: AbstractDatabase) -> tuple[Entry, ...]:
        return database.find(QueueQuery(client_id=CLIENT, limit=1000), now=NOW).items

    def _check(self, database: AbstractDatabase, promised: dict[str, set[int]]) -> None:
        entries = {int(entry.external_id): entry for entry in self._entries(database)}
        assert promised["seated"] <= set(entries)
        for number, entry in entries.items():
            self._check_whole(database, number, entry)
        done = {
            kind: {n for n, entry in entries.items() if entry.steps[place].is_complete}
            for place, kind in ((1, "checked"), (2, "pushed"))
        }
        assert promised["checked"] <= done["checked"]
        assert promised["pushed"] <= done["pushed"]
        self._check_log(database, promised["logged"])
        if promised["written"]:
            assert int(database.read_document(CLIENT, CONFIG).content) >= max(promised["written"])

    def _check_whole(self, database: AbstractDatabase, number: int, entry: Entry) -> None:
        """An entry is as it was before the processor's outcome or as it is after it, never between."""
        notified, checked = (step.is_complete for step in entry.steps[:2])
        assert notified == checked
        assert content(database, entry, "data.bin") == victim.data(number, int(checked))
        name = f"passenger {number} checked" if checked else f"passenger {number}"
        assert content(database, entry, "name.txt").decode() == name

    def _check_log(self, database: AbstractDatabase, logged: set[int]) -> None:
        try:
            _, lines = database.read_log(CLIENT, "log-1", limit=10_000)
        except NotFound:
            lines = []
        numbers = [int(line.message) for line in lines]
        assert logged <= set(numbers)
        assert numbers == sorted(set(numbers))

    def test_it_can_be_worked_on(self, durable_place: Place) -> None:
        promises = _killed_after(durable_place, 12, 0)
        database = durable_place.open()
        seat(database, passenger("new"))
        claimed = {each.entry.external_id for each in claim(database, now=NOW + 1000 * DAY)}
        unfinished = {str(number) for what, number in promises if what == "seated"} - {
            str(number) for what, number in promises if what == "pushed"
        }
        assert "new" in claimed
        assert len(unfinished - claimed) <= 1
        database.close()
