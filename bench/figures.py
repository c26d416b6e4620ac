"""What a measurement gives: a value, how far it was from run to run, and whether it is as good as it should be."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a figure should reach."""

    limit: float
    at_most: bool

    def is_reached(self, value: float) -> bool:
        return value <= self.limit if self.at_most else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {number(self.limit)}"


def at_most(limit: float) -> Target:
    return Target(limit=limit, at_most=True)


def at_least(limit: float) -> Target:
    return Target(limit=limit, at_most=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The median of some runs.

    Attributes:
        values: Of each run.
        target: None for a figure that is shown for itself.
        note: What one must know to read it.
    """

    section: str
    name: str
    unit: str
    values: tuple[float, ...]
    target: Target | None = None
    note: str = ""

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def is_reached(self) -> bool | None:
        return None if self.target is None else self.target.is_reached(self.value)

    def as_dict(self) -> dict[str, Any]:
        return {
            "section": self.section,
            "name": self.name,
            "unit": self.unit,
            "value": self.value,
            "lowest": min(self.values),
            "highest": max(self.values),
            "runs": list(self.values),
            "target": None if self.target is None else str(self.target),
            "reached": self.is_reached,
            "note": self.note,
        }


def ratios(values: Sequence[float], others: Sequence[float]) -> tuple[float, ...]:
    """Return run by run how often the others fit into the values: runs side by side share the machine's noise."""
    return tuple(value / other for value, other in zip(values, others, strict=True))


def number(value: float) -> str:
    """Return a number with three figures that count."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
