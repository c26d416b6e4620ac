"""Clients and their routes at a glance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from databus.client.config import RouteConfig
from databus.database.records import RouteCounts
from databus.dispatcher.client_switch import is_client_off
from databus.dispatcher.route_state import RouteState, paused_routes, read_state
from databus.dispatcher.schedule import Schedule
from databus.errors import Problem
from databus.operating.schedule_words import schedule_words
from databus.web.site import Site

_NO_DRIVE: dict[str, Any] = {"pulled": 0, "pushed": 0, "failed": 0, "log": "", "error": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOverview:
    """A route at a glance.

    Attributes:
        config: None where its configuration is gone or broken: it may still have passengers.
        next_run: None for a route that is driven on demand.
        paused: Whether somebody lets it rest.
    """

    name: str
    config: RouteConfig | None
    counts: RouteCounts
    state: RouteState
    next_run: datetime | None
    paused: bool

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
        return "warning" if self.counts.failed or self.config is None or self.paused else "success"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOverview:
    """A client at a glance; ``problems`` are those of its configuration, and ``is_on`` says whether it is driven."""

    client_id: str
    routes: list[RouteOverview]
    problems: list[Problem]
    is_on: bool = True


def client_overview(site: Site, client_id: str) -> ClientOverview:
    """Return a client's routes: those that are configured, and those that still have passengers."""
    now = site.clock()
    read = site.configs.of(client_id)
    configs = {route.name: route for route in read.loaded.config.passengers} if read.loaded else {}
    counts = {each.passenger_module: each for each in site.database.counts(client_id, now=now)}
    paused = paused_routes(site.database, client_id)
    routes = []
    for name in [*configs, *(each for each in counts if each not in configs)]:
        config, state = configs.get(name), read_state(site.database, client_id, name)
        next_run = (
            Schedule.of(config).next_run(last_began=state.began, first_seen=site.started, now=now) if config else None
        )
        own = counts.get(name, RouteCounts(passenger_module=name))
        routes.append(
            RouteOverview(name=name, config=config, counts=own, state=state, next_run=next_run, paused=name in paused)
        )
    return ClientOverview(
        client_id=client_id, routes=routes, problems=read.problems, is_on=not is_client_off(site.database, client_id)
    )
