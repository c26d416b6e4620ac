"""The whole system: pausing and resuming it."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from databus import __version__
from databus.dispatcher.route_state import is_paused
from databus.operating.pausing import pause_all
from databus.web.api.access import Caller, Root, RootAdministrator
from databus.web.api.problems import problems
from databus.web.guard import SiteOf
from databus.web.site import Site

router = APIRouter(tags=["system"])


class SystemState(BaseModel):
    """How the whole is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"alias": "Test", "version": __version__, "started": "2026-11-25T08:00:00Z", "is_paused": False}
            ]
        }
    )

    alias: str = Field(description="Name of this installation.")
    version: str = Field(description="Version of Databus.")
    started: datetime = Field(description="When this process began.")
    is_paused: bool = Field(description="Whether no drives are begun.")


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


def _set(site: Site, caller: Caller, *, paused: bool) -> SystemState:
    pause_all(site.database, paused, by=caller.person)
    return _state(site)


def _state(site: Site) -> SystemState:
    return SystemState(alias=site.alias, version=__version__, started=site.started, is_paused=is_paused(site.database))
