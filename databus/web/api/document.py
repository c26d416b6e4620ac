"""The API's description of itself, and a page to read and try it."""

import threading
from functools import partial
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response
from starlette.routing import BaseRoute

from databus import __version__
from databus.web.api.problems import ProblemDetails
from databus.web.rendering import page

DESCRIPTION = """For programs: handing passengers over, finding them and setting them right, routes, logs,
configurations, clients, exports, the whole system. What it does not do stands in `docs/reference/rest-api.md`.

Send a user's token with each request: `Authorization: Bearer TOKEN`. `databus user token CLIENT USER` makes one. It is
good for its client; tokens of users of client `root` are good for all.

Errors are `application/problem+json` (RFC 9457). Times are in UTC. Lists come in pages: go on with `next_cursor`.
"""

TAGS = [
    {"name": "clients", "description": "The clients, each at a glance."},
    {"name": "passengers", "description": "Routes: what they are made of, driving them, and handing passengers over."},
    {"name": "queue", "description": "Finding passengers, and setting them right."},
    {"name": "log", "description": "What drives did, and what people changed."},
    {"name": "configuration", "description": "config.json of a client."},
    {"name": "exports", "description": "Copying clients into another database; for administrators of client root."},
    {"name": "system", "description": "The whole system; for users of client root."},
    {"name": "health", "description": "For what watches over the process; without a token."},
]


def add_document(app: FastAPI, api: APIRouter) -> None:
    """Let an application describe its API."""
    described = _Described(api)
    app.add_route("/api/openapi.json", described.answer, methods=["GET"], include_in_schema=False)
    app.add_route("/api/docs", docs, methods=["GET"], include_in_schema=False)


def docs(request: Request) -> Response:
    """Show the page with the API's description."""
    return page(request, "api_docs.html")


def api_document(routes: list[BaseRoute]) -> dict[str, Any]:
    """Return the description of the API, OpenAPI 3.1."""
    document = get_openapi(
        title="Databus",
        version=__version__,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=routes,
        tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        separate_input_output_schemas=False,
    )
    schemas = document["components"]["schemas"]
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {**problem.pop("$defs"), "ProblemDetails": problem}
    return document


class _Described:
    """Makes the description when it is first asked for: that takes longer than all the rest of the start."""

    def __init__(self, api: APIRouter) -> None:
        self._make = partial(api_document, api.routes)
        self._lock = threading.Lock()
        self._made = b""

    def answer(self, request: Request) -> Response:
        with self._lock:
            self._made = self._made or orjson.dumps(self._make())
        return Response(self._made, media_type="application/json")
