"""Errors of the API, as RFC 9457 wants them: ``application/problem+json``."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, assert_never

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from databus.client.config_problems import plain_reason
from databus.errors import DatabusError, NotFound, Problem, StoreError
from databus.web.accounts import Busy
from databus.web.api.sound import sound
from databus.web.guard import Forbidden
from databus.web.viewers import LoginNeeded

MEDIA_TYPE: Final = "application/problem+json"

RETRY_SOON: Final = {"retry-after": "5"}

CHALLENGE: Final = {"www-authenticate": 'Bearer realm="databus"'}

_logger = logging.getLogger("databus")


class Place(BaseModel):
    """One thing that is wrong."""

    place: str = Field(description="Where: of the request, or of the document that was sent.")
    reason: str = Field(description="What is wrong there, and how to mend it.")


class ProblemDetails(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "Client demo has no passenger 7f.",
                    "errors": [],
                }
            ]
        }
    )

    type: str = Field("about:blank", description="Always about:blank: the status says what kind of problem it is.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What went wrong, and what to do.")
    errors: list[Place] = Field([], description="All that is wrong, each with its place, where there are several.")


class Trouble(Exception):
    """An answer of the API that is no success."""

    def __init__(
        self, status: int, detail: str, *, errors: list[Place] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors or []
        self.headers = dict(headers or {})


def is_of_api(request: Request) -> bool:
    """Whether a request is one of the API's."""
    return request.url.path.startswith("/api/") or request.url.path in ("/api", "/healthz", "/readyz")


def places(problems: list[Problem]) -> list[Place]:
    """Return what is wrong with a configuration."""
    return [Place(place=sound(each.path), reason=sound(each.reason)) for each in problems]


def answer(request: Request, error: Exception) -> Response:
    """Return what an error is told as."""
    return _response(_trouble(request, error))


def _trouble(request: Request, error: Exception) -> Trouble:
    match error:
        case Trouble():
            return error
        case DatabusError():
            return _known(error)
        case RequestValidationError() | HTTPException() | ClientDisconnect():
            return _of_request(error)
        case Forbidden() | LoginNeeded() | Busy():
            return _of_person(error)
    _logger.exception("The API failed at %s", request.url.path, exc_info=error)
    return Trouble(500, "What happened stands in the output of the process that runs Databus.")


def _of_request(error: RequestValidationError | HTTPException | ClientDisconnect) -> Trouble:
    match error:
        case RequestValidationError():
            return _invalid(error)
        case HTTPException():
            return _http(error)
        case ClientDisconnect():
            return Trouble(400, "The request ended before its end.")
        case _:
            assert_never(error)


def _of_person(error: Forbidden | LoginNeeded | Busy) -> Trouble:
    match error:
        case LoginNeeded():
            return Trouble(401, "Send a user's token: `Authorization: Bearer TOKEN`.", headers=CHALLENGE)
        case Forbidden():
            return Trouble(403, str(error))
        case Busy():
            return Trouble(503, "Many people are logging in: try again in a few seconds.", headers=RETRY_SOON)
        case _:
            assert_never(error)


def _known(error: DatabusError) -> Trouble:
    match error:
        case NotFound():
            return Trouble(404, str(error))
        case StoreError():
            _logger.error("The API could not use the database: %s", error)
            # Its text may name servers and files, and it may not be known yet who asks.
            said = "The database cannot be used now; the output of the process that runs Databus says why."
            return Trouble(503, said, headers=RETRY_SOON)
        case _:
            return Trouble(422, str(error))


def _invalid(error: RequestValidationError) -> Trouble:
    errors = [Place(place=_place(each["loc"]), reason=sound(plain_reason(each))) for each in error.errors()]
    return Trouble(422, "; ".join(f"{each.place}: {each.reason}" for each in errors), errors=errors)


def _place(parts: tuple[int | str, ...]) -> str:
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return sound(shown.removeprefix("."))


def _http(error: HTTPException) -> Trouble:
    texts = {404: "There is nothing at this address.", 405: "This address takes no such request."}
    return Trouble(error.status_code, texts.get(error.status_code, str(error.detail)), headers=error.headers)


def _response(trouble: Trouble) -> Response:
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(trouble.status).phrase,
        "status": trouble.status,
        "detail": sound(trouble.detail),
        "errors": [each.model_dump() for each in trouble.errors],
    }
    return Response(orjson.dumps(content), trouble.status, trouble.headers, MEDIA_TYPE)


_MEANINGS: Final = {
    400: "The request cannot be read.",
    401: "There is no token, or it is none of this client's or of root's, or it has expired.",
    403: "The user may not do that, or the token may only read.",
    404: "It is not there.",
    409: "It cannot be done now.",
    412: "Somebody else has changed it since it was read.",
    413: "The request is too large.",
    422: "What was sent cannot be used; `errors` says where.",
    428: "`If-Match` is missing.",
    429: "Too many wrong tokens came from this address.",
    500: "Databus failed.",
    503: "The database, or something else, cannot be used now: try again later.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the errors of an operation for its description: those that each has, and the given ones."""
    schema = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    return {
        status: {"description": _MEANINGS[status], "content": schema}
        for status in sorted({401, 403, 404, 422, 429, 500, 503, *statuses})
    }
