"""When a route is driven, in words."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # heavy: loaded when a command reads a configuration
    from databus.client.config import RouteConfig


def schedule_words(route: "RouteConfig") -> str:
    """Return when a route is driven."""
    if route.schedule:
        return f"at {route.schedule!r} {route.time_zone}"
    if route.sync_frequency <= 0:
        return "on demand"
    return f"every {route.sync_frequency:g} min"
