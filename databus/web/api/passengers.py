"""The routes of a client, and driving one now."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from databus.client.config import PluginConfig
from databus.client.log import Log
from databus.errors import NotFound
from databus.operating.audit import write_audit
from databus.web.api.access import Reader, Writer
from databus.web.api.clients import Counts, counts_of
from databus.web.api.problems import RETRY_SOON, Trouble, problems
from databus.web.api.sound import sound
from databus.web.guard import SiteOf
from databus.web.overview import RouteOverview, client_overview

router = APIRouter(tags=["passengers"])

RouteName = Annotated[
    str,
    Path(
        description="Name of the route, which is the passenger's module.",
        max_length=500,
        examples=["databus.passenger.demo.demo_passenger_1"],
    ),
]


_ROUTE: dict[str, Any] = {
    "route": "databus.passenger.demo.demo_passenger_1",
    "is_configured": True,
    "schedule": "every 1 min",
    "next_drive": "2026-11-25T09:31:00Z",
    "last_drive": "2026-11-25T09:30:00Z",
    "last_summary": {"pulled": 3, "seated": 3, "pushed": 3, "failed": 0, "error": ""},
    "counts": {"waiting": 0, "running": 0, "failed": 0, "dead": 0, "complete": 3},
    "pullers": [{"module": "databus.puller.files", "name": "orders in"}],
    "processors": [],
    "pushers": [{"module": "databus.pusher.files", "name": "orders out"}],
}


class Plugin(BaseModel):
    """A puller, processor or pusher of a route."""

    module: str = Field(description="Its module.")
    name: str = Field(description="Name of its step.")


class RouteDetails(BaseModel):
    """A route: what a client does with one type of passengers."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROUTE]})

    route: str = Field(description="Its name, which is the passenger's module.")
    is_configured: bool = Field(description="False where it is configured no longer, but still has passengers.")
    schedule: str = Field(description="When it is driven, in words.")
    next_drive: datetime | None = Field(description="When it is driven next; null where it is driven on demand.")
    last_drive: datetime | None = Field(description="When the last drive began; null where there was none.")
    last_summary: dict[str, Any] = Field(description="What the last drive did; empty where there was none.")
    counts: Counts
    pullers: list[Plugin]
    processors: list[Plugin]
    pushers: list[Plugin]


class RouteList(BaseModel):
    """The routes of a client."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"routes": [_ROUTE]}]})

    routes: list[RouteDetails] = Field(description="Those that are configured, and those that still have passengers.")


class Asked(BaseModel):
    """A drive that was asked for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"client": "demo", "route": "databus.passenger.demo.demo_passenger_1"}]}
    )

    client: str = Field(description="The client.")
    route: str = Field(description="The route.")


@router.get("/clients/{client}/passengers", summary="List routes", responses=problems())
def list_routes(client: str, caller: Reader, site: SiteOf) -> RouteList:
    """Give the routes of a client: what they are made of, when they were driven, and when they are driven next."""
    return RouteList(routes=[_details(each) for each in client_overview(site, client).routes])


def _details(route: RouteOverview) -> RouteDetails:
    config = route.config
    return RouteDetails(
        route=sound(route.name),
        is_configured=config is not None,
        schedule=route.schedule,
        next_drive=route.next_run,
        last_drive=route.state.began,
        last_summary=sound(route.summary),
        counts=counts_of(route.counts),
        pullers=_plugins(config.pullers if config else []),
        processors=_plugins(config.processors if config else []),
        pushers=_plugins(config.pushers if config else []),
    )


def _plugins(plugins: list[PluginConfig]) -> list[Plugin]:
    return [Plugin(module=sound(each.module), name=sound(each.name)) for each in plugins]


@router.post(
    "/clients/{client}/passengers/{route}/drive", summary="Drive a route now", status_code=202, responses=problems()
)
def drive(client: str, route: RouteName, caller: Writer, site: SiteOf) -> Asked:
    """Ask for a drive, whatever the schedule says. It begins within a second or so, unless the route is being driven.

    While the whole system is paused it begins when that is over.
    """
    loaded = site.configs.good(client)
    if route not in [each.name for each in (loaded.config.passengers if loaded else [])]:
        raise NotFound(f"Client {client} has no passenger {route} that could be driven.")
    if site.expedite is None:
        raise Trouble(503, "This process only answers: it drives nothing.", headers=RETRY_SOON)
    site.expedite(client, route)
    write_audit(site.database, client, [f"asked for a drive of {route}"], by=caller.person, log=Log())
    return Asked(client=client, route=route)
