"""What is shown where something cannot be shown: it says what to do."""

import logging
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response

from databus.errors import DatabusError, NotFound, StoreError
from databus.web.accounts import Busy
from databus.web.api import problems
from databus.web.api.router import allowed
from databus.web.guard import Forbidden, check_origin
from databus.web.headers import secure
from databus.web.live import OVER
from databus.web.peeks import SourcesBusy
from databus.web.rendering import page, query
from databus.web.viewers import LoginNeeded, Viewer

_logger = logging.getLogger("databus")


def register(app: FastAPI) -> None:
    """Let an application show its troubles."""
    app.add_exception_handler(LoginNeeded, _show_login)
    for error in (Forbidden, DatabusError, Busy, problems.Trouble, ClientDisconnect):
        app.add_exception_handler(error, _placed(_show))
    app.add_exception_handler(HTTPException, _placed(_show_http))
    app.add_exception_handler(RequestValidationError, _placed(_show_invalid))
    app.add_exception_handler(Exception, _placed(_show_unknown))


Show = Callable[[Request, Exception], Response]


def _placed(on_page: Show) -> Show:
    """Return what shows an error where it happened: programs that call the API are told in JSON."""

    def show(request: Request, error: Exception) -> Response:
        return _answer(request, error) if problems.is_of_api(request) else on_page(request, error)

    return show


def show_http(request: Request, error: HTTPException) -> Response:
    """Return what shows an error that was found before the application was asked."""
    return _placed(_show_http)(request, error)


def _answer(request: Request, error: Exception) -> Response:
    answer = problems.answer(request, error)
    if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["allow"] = ", ".join(allowed(request.url.path))
    return answer


async def _show_login(request: Request, error: Exception) -> Response:
    """Lead to the login; what somebody has typed is read here, since only the event loop can."""
    if problems.is_of_api(request):
        return await run_in_threadpool(_answer, request, error)
    return await run_in_threadpool(_login, request, await _typed(request))


async def _typed(request: Request) -> str:
    """Return the text that somebody has written in a form of ours, which would be lost with the page."""
    with suppress(Forbidden):
        check_origin(request)
        text = (await request.form()).get("content", "") if request.method == "POST" else ""
        return text if isinstance(text, str) else ""
    return ""


def _login(request: Request, typed: str) -> Response:
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = target if request.method == "GET" and target != "/" else ""
    address = f"/login{query({'next': wanted})}"
    if request.headers.get("hx-request") and request.method == "POST":  # the page may hold what somebody has typed
        text = "Your session is over. Keep a copy of what you have typed, log in, and load this page again."
        return _trouble(request, 401, "You are logged out", text)
    if request.headers.get("hx-request") and request.url.path.endswith("/live"):  # a page that comes again to follow
        return Response(OVER, media_type="text/event-stream")
    if request.headers.get("hx-request"):  # a part of a page: the whole page goes to the login
        return Response(status_code=204, headers={"HX-Redirect": f"/login{query({'next': '/'})}"})
    if request.method == "POST" and request.url.path != "/logout":
        again = f"/login{query({'next': _left(request)})}"
        return page(request, "logged_out.html", status=401, typed=typed, again=again)
    return RedirectResponse(address, 303)


def _left(request: Request) -> str:
    """Return the page that a form was sent from, as far as the browser says so."""
    with suppress(ValueError):  # an address that is none
        left = urlsplit(request.headers.get("referer", ""))
        if left.netloc == request.headers.get("host"):
            return left.path + (f"?{left.query}" if left.query else "")
    return ""


def _show(request: Request, error: Exception) -> Response:
    match error:
        case Forbidden():
            return _trouble(request, 403, "Not allowed", str(error))
        case NotFound():
            return _trouble(request, 404, "Not here", str(error))
        case Busy():
            text = "Many people are logging in at this moment: try again in a few seconds."
            return _trouble(request, 503, "Busy", text)
        case SourcesBusy():
            response = _trouble(request, 503, "Busy", str(error))
            response.headers.update(problems.RETRY_SOON)
            return response
        case StoreError():
            _logger.error("The web page could not use the database: %s", error)
            text = (
                "Databus goes on by itself when it can. What is wrong stands in the output of the process that runs it."
            )
            return _trouble(request, 503, "The database cannot be used", _only_for_root(request, error) + text)
        case _:
            return _trouble(request, 400, "That does not work", str(error))


def _show_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    texts = {404: "There is no such page.", 405: "This page takes no such request."}
    response = _trouble(request, error.status_code, "Not here", texts.get(error.status_code, str(error.detail)))
    response.headers.update(error.headers or {})
    return response


def _show_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    said = "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors())
    return _trouble(request, 422, "That cannot be read", said)


def _show_unknown(request: Request, error: Exception) -> Response:
    _logger.exception("The web page failed at %s", request.url.path, exc_info=error)
    text = "Databus could not show this page. What happened stands in the output of the process that runs it."
    response = _trouble(request, 500, "Something went wrong", text)
    secure(response.headers, request.url.scheme)  # Starlette sends it outside of every middleware
    return response


def _only_for_root(request: Request, error: Exception) -> str:
    """Return what is wrong with the database, which names servers and folders."""
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    return f"{error}. " if viewer is not None and viewer.is_root else ""


def _trouble(request: Request, status: int, title: str, text: str) -> Response:
    return page(request, "trouble.html", status=status, title=title, text=text)
