"""Clients and their routes at a glance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from databus.client.config import RouteConfig
from databus.database.records import RouteCounts
from databus.dispatcher.activity import Activity
from databus.dispatcher.route_state import Pause, RouteState, paused_routes, read_state
from databus.dispatcher.schedule import Schedule
from databus.dispatcher.throughput import read_throughput
from databus.errors import NotFound, Problem
from databus.operating.carried import CarriedLately, carried_lately
from databus.operating.resting import Reason, Rest, read_rest
from databus.operating.schedule_words import schedule_words
from databus.web.site import Site

_NO_DRIVE: dict[str, Any] = {"pulled": 0, "pushed": 0, "failed": 0, "log": "", "error": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOverview:
    """A route at a glance.

    Attributes:
        config: By which it is driven: the last good one; None where it is gone: the route may still have passengers.
        next_run: None for a route that is driven on demand, and while it rests.
        is_due: Whether that is now.
        pause: Who lets this route rest; None where nobody does.
        resting: Why no drive of it begins: of everything, of its client and of itself; empty where none rests.
        activity: What happens to it now in this process.
    """

    name: str
    config: RouteConfig | None
    counts: RouteCounts
    state: RouteState
    next_run: datetime | None
    is_due: bool
    pause: Pause | None
    resting: list[Reason]
    activity: Activity

    @property
    def schedule(self) -> str:
        """When it is driven, in words."""
        return schedule_words(self.config) if self.config else "not configured"

    @property
    def summary(self) -> dict[str, Any]:
        """Of the last drive; nothing but zeros where there was none, or it left none."""
        return {**_NO_DRIVE, **(self.state.summary or {})}

    @property
    def level(self) -> str:
        """How bad it is: ``danger``, ``warning`` or ``success``."""
        if self.counts.dead or self.summary.get("error"):
            return "danger"
        return "warning" if self.counts.failed or self.config is None or self.resting else "success"

    @property
    def is_running(self) -> bool:
        """Whether a drive is under way here, or some process works on its passengers."""
        return self.activity.began is not None or self.counts.running > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOverview:
    """A client at a glance; where its present configuration has ``problems``, the last good one counts.

    Attributes:
        rest: Who lets what of it rest.
    """

    client_id: str
    routes: list[RouteOverview]
    problems: list[Problem]
    rest: Rest


def client_overview(site: Site, client_id: str) -> ClientOverview:
    """Return a client's routes: those that are configured, and those that still have passengers."""
    now = site.clock()
    problems, loaded = site.configs.of(client_id).problems, site.configs.good(client_id)
    configs = {route.name: route for route in loaded.config.passengers} if loaded else {}
    counts = {each.passenger_module: each for each in site.database.counts(client_id, now=now)}
    rest = read_rest(site.database, client_id)
    routes = [
        _route_overview(site, client_id, name, configs.get(name), counts.get(name), rest, now)
        for name in [*configs, *(each for each in counts if each not in configs)]
    ]
    return ClientOverview(client_id=client_id, routes=routes, problems=problems, rest=rest)


def _route_overview(
    site: Site,
    client_id: str,
    name: str,
    config: RouteConfig | None,
    counts: RouteCounts | None,
    rest: Rest,
    now: datetime,
) -> RouteOverview:
    state, next_run, resting = read_state(site.database, client_id, name), None, rest.of_route(name)
    if config is not None and not resting:
        next_run = Schedule.of(config).next_run(
            last_began=state.began, first_seen=state.first_seen or site.started, now=now
        )
    return RouteOverview(
        name=name,
        config=config,
        counts=counts or RouteCounts(passenger_module=name),
        state=state,
        next_run=next_run,
        is_due=next_run is not None and next_run <= now,
        pause=rest.routes.get(name),
        resting=resting,
        activity=site.activity(client_id, name) if site.activity else Activity(),
    )


def lately(site: Site, client_id: str, route: RouteOverview) -> CarriedLately:
    """Return what a route has carried lately; of one that is gone, in UTC."""
    return carried_lately(
        read_throughput(site.database, client_id, route.name),
        time_zone=route.config.time_zone if route.config else "UTC",
        now=site.clock(),
    )


def route_names(site: Site, client_id: str) -> list[str]:
    """Return the names of a client's routes: those that are configured, and those that still have passengers."""
    loaded = site.configs.good(client_id)
    configured = {route.name for route in loaded.config.passengers} if loaded else set()
    return sorted(configured | {each.passenger_module for each in site.database.counts(client_id, now=site.clock())})


def require_route(site: Site, client_id: str, name: str) -> None:
    """Raise NotFound where a client has no such route: it is not configured, has no passengers and does not rest."""
    if name not in {*route_names(site, client_id), *paused_routes(site.database, client_id)}:
        raise no_route(client_id, name)


def no_route(client_id: str, name: str) -> NotFound:
    """Return the error of a route that a client does not have."""
    return NotFound(f"Client {client_id} has no passenger {name}.")
