"""sql_db, saying which pushes it has recorded."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from databus.database.sql_db.sql_database import SqlDatabase
from databus.pqueue.outcome import Outcome, OutcomeKind, StepKind
from tests.faults.events import Events


class WatchedSqlDatabase(SqlDatabase):
    """Writes an event when the outcome of a push is recorded.

    Args:
        arguments: Those of sql_db, and ``folder``, where the events are.
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        super().__init__({name: value for name, value in arguments.items() if name != "folder"})
        self._events = Events(Path(arguments["folder"], "events"), os.getpid())

    def record(self, outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        """Record, and say what is recorded."""
        rejected = super().record(outcomes, now=now)
        done = [each for each in outcomes if each.result is OutcomeKind.COMPLETE and each not in rejected]
        pushed = [each.internal_id.removeprefix("id-") for each in done if each.kind is StepKind.PUSH]
        self._events.add("recorded-push", *pushed)
        return rejected
