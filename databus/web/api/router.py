"""All addresses of the API."""

import re
from functools import cache
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute

from databus.web.api import (
    actions,
    attachments,
    client_keeping,
    clients,
    config,
    exports,
    health,
    log,
    passengers,
    purging,
    queue,
    queue_files,
    resting,
    seating,
    system,
    undoing,
)

NOUNS: Final = (
    clients, client_keeping, passengers, resting, seating, attachments, actions, undoing, purging, queue_files, queue,
    log, config, exports, system, health,
)  # fmt: skip
"""In the order in which addresses are compared: that of an attachment looks like that of a passenger, too."""

PREFIX: Final = "/api/v1"

_PARAMETER: Final = re.compile(r"\{.*?\}")


@cache
def api_router() -> APIRouter:
    """Return the addresses of the API: the same for each application, because making them takes its time."""
    # Programs that are generated from the description call their functions by these names.
    router = APIRouter(generate_unique_id_function=lambda route: route.name)
    for noun in NOUNS:
        router.include_router(noun.router, prefix="" if noun is health else PREFIX)
    return router


def allowed(path: str) -> list[str]:
    """Return the methods that an address of the API takes; the framework knows only those of its first route.

    Of the addresses that it may be, the most exact one counts.
    """
    inner = path.removeprefix(PREFIX)
    routes = [route for noun in NOUNS for route in noun.router.routes if isinstance(route, APIRoute)]
    there = [route.path for route in routes if route.path_regex.match(inner)]
    exact = max(there, key=lambda path: len(_PARAMETER.sub("", path)), default="")
    methods = {method for route in routes if route.path == exact for method in route.methods or ()}
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))
