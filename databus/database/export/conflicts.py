"""What the target has otherwise than the source, though no export made it so."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from databus.errors import StoreError

NAMED = 10
"""Conflicts that an error's text names."""

KEPT = 1000
"""Conflicts that an error keeps: there may be more than memory holds."""


class OnConflict(StrEnum):
    """What becomes of the target's own."""

    STOP = "stop"
    SKIP = "skip"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One thing that differs. ``kind`` is entry, log, document or order, ``name`` an internal id, a guid or a name."""

    client_id: str
    kind: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.reason}"


class ExportConflicts(StoreError):
    """The target has something of its own; nothing of it was written.

    Args:
        conflicts: The first of them, at most ``KEPT``.
        count: How many there are.
        remedy: What a person can do.
    """

    def __init__(self, conflicts: Sequence[Conflict], count: int, remedy: str) -> None:
        self.conflicts = list(conflicts)
        self.count = count
        shown = "; ".join(str(conflict) for conflict in conflicts[:NAMED])
        more = f"; and {count - NAMED} more" if count > NAMED else ""
        super().__init__(f"client {conflicts[0].client_id} differs in the target: {shown}{more}; {remedy}")
