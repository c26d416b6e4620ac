"""Letting one route rest, and go on."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from databus.operating.pausing import pause_route
from databus.operating.resting import read_rest
from databus.web.api.access import Caller, Writer
from databus.web.api.passengers import RouteName
from databus.web.api.problems import problems
from databus.web.guard import SiteOf
from databus.web.overview import require_route
from databus.web.site import Site

router = APIRouter(tags=["passengers"])


class RouteRest(BaseModel):
    """Whether a route rests."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "client": "demo",
                    "route": "databus.passenger.demo.demo_passenger_1",
                    "rests_because": ["this route is paused"],
                }
            ]
        }
    )

    client: str = Field(description="The client.")
    route: str = Field(description="The route.")
    rests_because: list[str] = Field(
        description="Why no drive of it begins, in words; also that its client is off, or that everything is paused."
    )


@router.post("/clients/{client}/passengers/{route}/pause", summary="Pause a route", responses=problems())
def pause_one(client: str, route: RouteName, caller: Writer, site: SiteOf) -> RouteRest:
    """Let no drives of a route begin, also over a restart; one that is active finishes."""
    return _set(site, client, route, caller, paused=True)


@router.post("/clients/{client}/passengers/{route}/resume", summary="Resume a route", responses=problems())
def resume_one(client: str, route: RouteName, caller: Writer, site: SiteOf) -> RouteRest:
    """Let drives of a route begin again; what else lets it rest, the answer says."""
    return _set(site, client, route, caller, paused=False)


def _set(site: Site, client: str, route: str, caller: Caller, *, paused: bool) -> RouteRest:
    require_route(site, client, route)
    pause_route(site.database, client, route, paused, by=caller.person)
    resting = read_rest(site.database, client).of_route(route)
    return RouteRest(client=client, route=route, rests_because=[each.text for each in resting])
