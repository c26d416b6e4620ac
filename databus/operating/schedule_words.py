"""When a route is driven, in words."""

from typing import TYPE_CHECKING

from databus.dispatcher.schedule import SHORTEST

if TYPE_CHECKING:  # heavy: loaded when a command reads a configuration
    from databus.client.config import RouteConfig

_UNITS = (("day", 24 * 60), ("hour", 60), ("minute", 1))
"""In minutes."""


def schedule_words(route: "RouteConfig") -> str:
    """Return when a route is driven."""
    if route.schedule:
        return f"{_cron_words(route.schedule)}, {route.time_zone} time"
    if is_on_demand(route):
        return "on demand"
    return _interval_words(route.sync_frequency)


def is_on_demand(route: "RouteConfig") -> bool:
    """Whether a route is driven only when somebody asks for it."""
    return not route.schedule and route.sync_frequency <= 0


def _cron_words(expression: str) -> str:
    from datetime import UTC, datetime

    from cronsim import CronSim

    words = CronSim(expression, datetime.min.replace(tzinfo=UTC)).explain()
    return f"{words[:1].lower()}{words[1:]}"


def _interval_words(minutes: float) -> str:
    for unit, length in _UNITS:
        count = minutes / length
        if count == 1:
            return f"every {unit}"
        if count > 1 and count.is_integer():
            return f"every {count:,.0f} {unit}s"
    if minutes * 60 <= SHORTEST.total_seconds():
        return "every second"
    return f"every {minutes * 60:g} seconds" if minutes < 1 else f"every {minutes:g} minutes"
