"""What machines ask that watch over this process; without a token."""

import logging
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from databus.errors import StoreError
from databus.web.api.problems import RETRY_SOON, Trouble, problems
from databus.web.guard import SiteOf

router = APIRouter(tags=["health"])

_logger = logging.getLogger("databus")


class Health(BaseModel):
    """All is well."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: str = Field("ok", description="Always ok.")


_ERRORS: dict[int | str, dict[str, Any]] = {status: each for status, each in problems().items() if status in (500, 503)}


@router.get("/healthz", summary="Whether the process lives", responses={500: _ERRORS[500]})
async def live() -> Health:  # not on a thread: those may all wait for the database
    """Answer. The database is not asked: a process that cannot reach it must not be restarted for that."""
    return Health()


@router.get("/readyz", summary="Whether the database answers", responses=_ERRORS)
def ready(site: SiteOf) -> Health:
    """Answer, if the database does."""
    try:
        site.database.clients()
    except StoreError as error:  # the text may name servers and files, and anybody may ask
        _logger.error("Not ready: %s", error)
        raise Trouble(503, "The database cannot be used now.", headers=RETRY_SOON) from error
    return Health()
