"""The clients, each at a glance."""

from contextlib import suppress
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from databus.database.records import RouteCounts
from databus.errors import NotFound
from databus.web.api.access import Anybody, Reader
from databus.web.api.problems import Place, places, problems
from databus.web.api.sound import sound
from databus.web.guard import SiteOf
from databus.web.overview import client_overview

router = APIRouter(tags=["clients"])

_COUNTS: dict[str, Any] = {"waiting": 2, "running": 0, "failed": 1, "dead": 0, "complete": 1204}


class Counts(BaseModel):
    """How many passengers are in each state."""

    model_config = ConfigDict(json_schema_extra={"examples": [_COUNTS]})

    waiting: int = Field(description="They go on at the next drive.")
    running: int = Field(description="A drive works on them.")
    failed: int = Field(description="A step failed and is tried again.")
    dead: int = Field(description="They wait for an operator.")
    complete: int = Field(description="They are through.")


class ClientSummary(BaseModel):
    """A client."""

    client: str = Field(description="Its id.")
    problems: int = Field(description="How many problems its configuration has.")


class ClientList(BaseModel):
    """The clients that the caller may see."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"clients": [{"client": "demo", "problems": 0}]}]})

    clients: list[ClientSummary] = Field(description="By their ids.")


class CountedRoute(BaseModel):
    """How many passengers a route has."""

    route: str = Field(description="The route's name, which is the passenger's module.")
    counts: Counts


class ClientDetails(BaseModel):
    """A client at a glance."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "client": "demo",
                    "routes": [{"route": "databus.passenger.demo.demo_passenger_1", "counts": _COUNTS}],
                    "problems": [],
                }
            ]
        }
    )

    client: str = Field(description="Its id.")
    routes: list[CountedRoute] = Field(description="Those that are configured, and those that still have passengers.")
    problems: list[Place] = Field(description="What is wrong with its configuration.")


@router.get("/clients", summary="List clients", responses=problems())
def list_clients(caller: Anybody, site: SiteOf) -> ClientList:
    """Give all clients to users of root; to others their own."""
    clients = []
    for each in sorted(site.database.clients()) if caller.is_root else [caller.client_id]:
        with suppress(NotFound):  # deleted since it was listed
            clients.append(ClientSummary(client=sound(each), problems=len(site.configs.of(each).problems)))
    return ClientList(clients=clients)


@router.get("/clients/{client}", summary="A client at a glance", responses=problems())
def get_client(client: str, caller: Reader, site: SiteOf) -> ClientDetails:
    """Give how many passengers each route has in each state, and what is wrong with the configuration."""
    overview = client_overview(site, client)
    routes = [CountedRoute(route=sound(each.name), counts=counts_of(each.counts)) for each in overview.routes]
    return ClientDetails(client=sound(client), routes=routes, problems=places(overview.problems))


def counts_of(counts: RouteCounts) -> Counts:
    """Return the numbers of a route as the API shows them."""
    return Counts(
        waiting=counts.waiting,
        running=counts.running,
        failed=counts.failed,
        dead=counts.dead,
        complete=counts.complete,
    )
