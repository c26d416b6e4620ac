"""The whole system: pausing, resuming and ending it, and the switches of its clients."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from databus import __version__
from databus.dispatcher.driving import this_process
from databus.dispatcher.route_state import is_paused
from databus.operating.clients import require_client
from databus.operating.installation import disk_of, engine_name, versions
from databus.operating.pausing import pause_all, switch_client
from databus.operating.running import client_activity
from databus.operating.shutting_down import NothingToEnd, shut_down
from databus.web.api.access import Caller, Root, RootAdministrator
from databus.web.api.problems import Trouble, problems
from databus.web.api.sound import sound
from databus.web.guard import SiteOf
from databus.web.site import Site

router = APIRouter(tags=["system"])


class DiskSpace(BaseModel):
    """Room for the database, in bytes."""

    free: int = Field(description="Free bytes.")
    total: int = Field(description="All bytes.")


class Drive(BaseModel):
    """A drive that is under way."""

    client: str = Field(description="Its client.")
    route: str = Field(description="Its route.")
    began: datetime | None = Field(description="When it began.")


class SystemState(BaseModel):
    """How the whole is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "alias": "Test",
                    "version": __version__,
                    "started": "2026-11-25T08:00:00Z",
                    "is_paused": False,
                    "process": "host:4711",
                    "can_shut_down": True,
                    "python": "CPython 3.13.1",
                    "engine": "databus.database.json_db.json_database",
                    "disk": {"free": 1_000_000, "total": 2_000_000},
                    "drives": [],
                }
            ]
        }
    )

    alias: str = Field(description="Name of this installation.")
    process: str = Field(description="The process that answers: host and process id.")
    can_shut_down: bool = Field(description="Whether that process drives, and can be ended here.")
    python: str = Field(description="Version of Python.")
    engine: str = Field(description="Module of the database engine.")
    disk: DiskSpace | None = Field(description="Room for the database; null for one on a server.")
    drives: list[Drive] = Field(description="What that process drives now.")
    version: str = Field(description="Version of Databus.")
    started: datetime = Field(description="When this process began.")
    is_paused: bool = Field(description="Whether no drives are begun.")


class LeaseDetails(BaseModel):
    """What a drive has claimed."""

    route: str = Field(description="Of this route.")
    owner: str = Field(description="Names the drive: host, process and more.")
    passengers: int = Field(description="So many passengers.")
    until: datetime = Field(description="Until then, unless it is renewed.")


class Activity(BaseModel):
    """What happens to a client."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"client": "demo", "is_on": True, "held_by": "", "leases": []}]}
    )

    client: str = Field(description="Its id.")
    is_on: bool = Field(description="Whether it is driven at all.")
    held_by: str = Field(description="Who holds it, such as an export, so that it is not driven; empty for nobody.")
    leases: list[LeaseDetails] = Field(description="Which drives work on its passengers.")


ClientId = Annotated[str, Path(max_length=1000, description="Id of the client.", examples=["demo"])]


@router.get("/system", summary="The system's state", responses=problems())
def get_system(caller: Root, site: SiteOf) -> SystemState:
    """Give how the whole is; to users of root."""
    return _state(site)


@router.post("/system/pause", summary="Pause", responses=problems())
def pause(caller: RootAdministrator, site: SiteOf) -> SystemState:
    """Let all dispatchers of this database finish what they drive and then rest; for administrators of root."""
    return _set(site, caller, paused=True)


@router.post("/system/resume", summary="Resume", responses=problems())
def resume(caller: RootAdministrator, site: SiteOf) -> SystemState:
    """Let all dispatchers of this database go on; for administrators of root."""
    return _set(site, caller, paused=False)


@router.post("/system/shutdown", summary="Shut down", status_code=202, responses=problems(409))
def shutdown(caller: RootAdministrator, site: SiteOf) -> SystemState:
    """Let the process that answers end as with Ctrl-C: its active drives end after what they are doing.

    For administrators of root. A process that drives nothing, `databus web`, answers 409.
    """
    state = _state(site)
    try:
        shut_down(site.database, site.shutdown, by=caller.person)
    except NothingToEnd as error:
        raise Trouble(409, str(error)) from error
    return state


@router.get("/system/clients/{client_id}", summary="What happens to a client", responses=problems())
def get_activity(client_id: ClientId, caller: Root, site: SiteOf) -> Activity:
    """Give whether a client is on, who holds it, and which processes have leased which of its passengers."""
    require_client(site.database, client_id)
    return _activity(site, client_id)


@router.post("/system/clients/{client_id}/on", summary="Switch a client on", responses=problems())
def switch_on(client_id: ClientId, caller: RootAdministrator, site: SiteOf) -> Activity:
    """Let the routes of a client be driven again; for administrators of root."""
    switch_client(site.database, client_id, True, by=caller.person)
    return _activity(site, client_id)


@router.post("/system/clients/{client_id}/off", summary="Switch a client off", responses=problems())
def switch_off(client_id: ClientId, caller: RootAdministrator, site: SiteOf) -> Activity:
    """Let nothing of a client be driven until it is switched on; for administrators of root."""
    switch_client(site.database, client_id, False, by=caller.person)
    return _activity(site, client_id)


def _activity(site: Site, client_id: str) -> Activity:
    found = client_activity(site.database, client_id, now=site.clock())
    return Activity(
        client=sound(client_id),
        is_on=found.is_on,
        held_by=sound(found.held_by),
        leases=[
            LeaseDetails(
                route=sound(each.passenger_module),
                owner=sound(each.owner),
                passengers=each.passengers,
                until=each.until,
            )
            for each in found.leases
        ],
    )


def _set(site: Site, caller: Caller, *, paused: bool) -> SystemState:
    pause_all(site.database, paused, by=caller.person)
    return _state(site)


def _state(site: Site) -> SystemState:
    disk = disk_of(site.database)
    return SystemState(
        alias=site.alias,
        version=__version__,
        started=site.started,
        is_paused=is_paused(site.database),
        process=this_process(),
        can_shut_down=site.shutdown is not None,
        python=versions().python,
        engine=engine_name(site.database),
        disk=DiskSpace(free=disk.free, total=disk.total) if disk else None,
        drives=[
            Drive(client=sound(each.client_id), route=sound(each.passenger_module), began=each.began)
            for each in site.active_drives()
        ],
    )
