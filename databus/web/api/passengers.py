"""The routes of a client, and driving one now."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from databus.client.config import PluginConfig
from databus.operating.carried import CarriedLately
from databus.operating.expediting import ask_for_drive
from databus.operating.resting import read_rest
from databus.web.api.access import Reader, Writer
from databus.web.api.clients import Counts, counts_of
from databus.web.api.problems import RETRY_SOON, Trouble, problems
from databus.web.api.sound import sound
from databus.web.guard import SiteOf
from databus.web.overview import RouteOverview, client_overview, lately

router = APIRouter(tags=["passengers"])

RouteName = Annotated[
    str,
    Path(
        description="Name of the route, which is the passenger's module.",
        max_length=500,
        examples=["databus.passenger.demo.demo_passenger_1"],
    ),
]


_LATELY: dict[str, Any] = {
    "done_today": 3,
    "failed_today": 1,
    "time_zone": "Europe/Berlin",
    "since": "2026-11-24T10:00:00Z",
    "done": [0] * 23 + [3],
    "failed": [0] * 23 + [1],
}

_ROUTE: dict[str, Any] = {
    "route": "databus.passenger.demo.demo_passenger_1",
    "is_configured": True,
    "schedule": "every minute",
    "next_drive": "2026-11-25T09:31:00Z",
    "last_drive": "2026-11-25T09:30:00Z",
    "last_summary": {"pulled": 3, "seated": 3, "pushed": 3, "failed": 0, "error": ""},
    "is_running": False,
    "is_paused": False,
    "paused_by": "",
    "rests_because": [],
    "lately": _LATELY,
    "counts": {"waiting": 0, "running": 0, "failed": 0, "dead": 0, "complete": 3},
    "pullers": [{"module": "databus.puller.files", "name": "orders in"}],
    "processors": [],
    "pushers": [{"module": "databus.pusher.files", "name": "orders out"}],
}


class Plugin(BaseModel):
    """A puller, processor or pusher of a route."""

    module: str = Field(description="Its module.")
    name: str = Field(description="Name of its step.")


class RouteLately(BaseModel):
    """What a route has carried lately."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LATELY]})

    done_today: int = Field(description="Passengers that drives have completed since midnight.")
    failed_today: int = Field(description="Passengers that had a step fail since midnight, in each drive anew.")
    time_zone: str = Field(description="Of that midnight: the route's `time_zone`.")
    since: datetime = Field(description="When the first of the last 24 hours began.")
    done: list[int] = Field(description="The same by hours, oldest first; the last one is not over.")
    failed: list[int] = Field(description="The same by hours.")


class RouteDetails(BaseModel):
    """A route: what a client does with one type of passengers."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROUTE]})

    route: str = Field(description="Its name, which is the passenger's module.")
    is_configured: bool = Field(description="False where it is configured no longer, but still has passengers.")
    schedule: str = Field(description="When it is driven, in words.")
    next_drive: datetime | None = Field(description="When it is driven next; null on demand, and while it rests.")
    last_drive: datetime | None = Field(description="When the last drive began; null where there was none.")
    last_summary: dict[str, Any] = Field(description="What the last drive did; empty where there was none.")
    is_running: bool = Field(description="Whether a drive is under way, as far as this process can see.")
    is_paused: bool = Field(description="Whether it rests: it is paused, or its client is off, or all is paused.")
    paused_by: str = Field(description="Who wanted that; empty where nobody did, or that was not noted.")
    rests_because: list[str] = Field(description="Why no drive of it begins, in words; empty while it does not rest.")
    counts: Counts
    lately: RouteLately
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
        json_schema_extra={
            "examples": [
                {"client": "demo", "route": "databus.passenger.demo.demo_passenger_1", "rests_because": []},
            ]
        }
    )

    client: str = Field(description="The client.")
    route: str = Field(description="The route.")
    rests_because: list[str] = Field(description="Why it does not begin yet, in words; empty while nothing rests.")


@router.get("/clients/{client}/passengers", summary="List routes", responses=problems())
def list_routes(client: str, caller: Reader, site: SiteOf) -> RouteList:
    """Give the routes of a client: what they are made of, when they were driven, and when they are driven next."""
    routes = client_overview(site, client).routes
    return RouteList(routes=[_details(each, lately(site, client, each)) for each in routes])


def _details(route: RouteOverview, carried: CarriedLately) -> RouteDetails:
    config = route.config
    return RouteDetails(
        route=sound(route.name),
        is_configured=config is not None,
        schedule=route.schedule,
        next_drive=route.next_run,
        last_drive=route.state.began,
        last_summary=sound(route.summary),
        is_running=route.is_running,
        is_paused=bool(route.resting),
        paused_by=sound(", ".join(dict.fromkeys(each.pause.by for each in route.resting if each.pause.by))),
        rests_because=[each.text for each in route.resting],
        counts=counts_of(route.counts),
        lately=_lately(carried),
        pullers=_plugins(config.pullers if config else []),
        processors=_plugins(config.processors if config else []),
        pushers=_plugins(config.pushers if config else []),
    )


def _lately(carried: CarriedLately) -> RouteLately:
    return RouteLately(
        done_today=carried.today.done,
        failed_today=carried.today.failed,
        time_zone=carried.time_zone,
        since=carried.since,
        done=[each.done for each in carried.hours],
        failed=[each.failed for each in carried.hours],
    )


def _plugins(plugins: list[PluginConfig]) -> list[Plugin]:
    return [Plugin(module=sound(each.module), name=sound(each.name)) for each in plugins]


@router.post(
    "/clients/{client}/passengers/{route}/drive", summary="Drive a route now", status_code=202, responses=problems()
)
def drive(client: str, route: RouteName, caller: Writer, site: SiteOf) -> Asked:
    """Ask for a drive, whatever the schedule says. It begins within a second or so, unless the route is being driven.

    While something lets the route rest, it begins when that is over: the answer says what.
    """
    if site.expedite is None:
        raise Trouble(503, "This process only answers: it drives nothing.", headers=RETRY_SOON)
    loaded = site.configs.good(client)
    ask_for_drive(site.expedite, site.database, client, route, loaded=loaded, by=caller.person)
    resting = read_rest(site.database, client).of_route(route)
    return Asked(client=client, route=route, rests_because=[each.text for each in resting])
