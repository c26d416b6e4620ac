"""Engines that say what they have promised and what they are doing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

from databus.database.abstract_database import AbstractDatabase
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import Duplicate, NewEntry, Refused, Seated
from databus.database.sql_db.sql_database import SqlDatabase
from databus.pqueue.outcome import Outcome, OutcomeKind, StepKind
from tests.faults.calls import phase
from tests.faults.engines import JSON, SQLITE
from tests.faults.events import Events


class WatchedDatabase(AbstractDatabase):
    """Writes an event when a passenger is seated, and when an outcome is recorded."""

    def __init__(self, arguments: Mapping[str, Any], events: Events) -> None:
        super().__init__(arguments)
        self.events = events

    def seat(self, entries: Sequence[NewEntry]) -> list[Seated | Duplicate | Refused]:
        """Seat, and say who is seated."""
        results = super().seat(entries)  # type: ignore[safe-super] # the engine's, which comes next
        ids = [result.internal_id for result in results if isinstance(result, Seated)]
        self.events.add("seated", *(each.removeprefix("id-") for each in ids))
        return results

    def record(self, outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        """Record, and say what is recorded."""
        rejected = super().record(outcomes, now=now)  # type: ignore[safe-super] # as above
        done = [each for each in outcomes if each.result is OutcomeKind.COMPLETE and each not in rejected]
        for kind in StepKind:
            ids = [outcome.internal_id for outcome in done if outcome.kind is kind]
            self.events.add(f"recorded-{kind.value}", *(each.removeprefix("id-") for each in ids))
        return rejected


class WatchedJson(WatchedDatabase, JsonDatabase):
    """json_db that says so."""


class WatchedSql(WatchedDatabase, SqlDatabase):
    """sql_db that says so."""


WATCHED: dict[str, type[WatchedDatabase]] = {JSON: WatchedJson, SQLITE: WatchedSql}


def _in_phase(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def phased(*args: Any, **kwargs: Any) -> Any:
        with phase(method.__name__):
            return method(*args, **kwargs)

    return phased


for _class in WATCHED.values():
    for _name in sorted(AbstractDatabase.__abstractmethods__):
        setattr(_class, _name, _in_phase(getattr(_class, _name)))
