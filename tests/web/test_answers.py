"""What every answer says to the browser, and what no answer says to anybody."""

from collections.abc import Callable

import pytest
from httpx2 import Response

from databus.web.headers import LARGEST_FORM
from tests.web.who_may import TABLE
from tests.web.world import ADMINISTRATOR, ATTACHMENT, ENTRY, OPERATOR, ROOT_ADMINISTRATOR, World, log_in

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)


def broken(world: World) -> Response:
    """Make a page fail in a way that nobody has thought of."""
    browser = world.browser(ADMINISTRATOR)
    world.site.__dict__["configs"] = None
    return browser.get("/clients/acme")


ANSWERS: dict[str, tuple[int, Callable[[World], Response]]] = {
    "a page": (200, lambda world: world.browser(ADMINISTRATOR).get("/clients/acme")),
    "a part of a page": (
        200,
        lambda world: world.browser(ADMINISTRATOR).get("/clients/acme", headers={"hx-request": "true"}),
    ),
    "the login": (200, lambda world: world.browser().get("/login")),
    "a failed login": (401, lambda world: log_in(world.browser(), ADMINISTRATOR, "wrong")),
    "a login": (303, lambda world: log_in(world.browser(), ADMINISTRATOR)),
    "a redirection to the login": (303, lambda world: world.browser().get("/")),
    "a part for nobody": (204, lambda world: world.browser().get("/", headers={"hx-request": "true"})),
    "a redirection after a change": (
        303,
        lambda world: world.post(world.browser(ADMINISTRATOR), "/clients/acme/queue", {"action": "retry"}),
    ),
    "not here": (404, lambda world: world.browser().get("/nowhere")),
    "nobody's client": (404, lambda world: world.browser(ADMINISTRATOR).get("/clients/other")),
    "not allowed": (403, lambda world: world.browser(OPERATOR).get("/system")),
    "not so": (405, lambda world: world.browser().delete("/login")),
    "a mistake": (400, lambda world: world.browser(ADMINISTRATOR).get("/clients/acme/log?worst=x")),
    "unreadable": (422, lambda world: world.browser(ADMINISTRATOR).get("/clients/acme/entry")),
    "too large": (413, lambda world: world.browser().post("/login", content=b"x" * (LARGEST_FORM + 1))),
    "broken": (500, broken),
    "a download": (
        200,
        lambda world: world.browser(ADMINISTRATOR).get(f"/clients/acme/attachment?id={ENTRY}&name={ATTACHMENT}"),
    ),
    "a preview": (
        200,
        lambda world: world.browser(ADMINISTRATOR).get(f"/clients/acme/preview?id={ENTRY}&name={ATTACHMENT}"),
    ),
    "a file of ours": (200, lambda world: world.browser().get("/static/app.css")),
    "no file of ours": (404, lambda world: world.browser().get("/static/nowhere")),
}

EVERY = [pytest.param(*answer, id=name) for name, answer in ANSWERS.items()]


@pytest.mark.parametrize(("status", "ask"), EVERY)
def test_every_answer_is_armoured(world: World, status: int, ask: Callable[[World], Response]) -> None:
    response = ask(world)
    assert response.status_code == status
    headers = response.headers
    rules = [each.partition(" ") for each in headers["content-security-policy"].split("; ")]
    policy = {name: value for name, _, value in rules}
    assert policy["default-src"] == "'none'"
    assert policy.get("script-src", "'self'") == "'self'"
    assert "unsafe-eval" not in str(policy)
    assert policy.get("frame-ancestors", "'none'") == policy.get("base-uri", "'none'") == "'none'"
    assert policy.get("form-action", "'self'") == "'self'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers
    assert "x-powered-by" not in headers
    if not response.request.url.path.startswith("/static/app"):
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("status", "ask"), EVERY)
def test_no_answer_shows_how_it_is_made(world: World, status: int, ask: Callable[[World], Response]) -> None:
    text = ask(world).text
    for secret in (
        "Traceback",
        "site-packages",
        ".py",
        "AttributeError",
        "NoneType",
        "starlette",
        "fastapi",
        "uvicorn",
    ):
        assert secret not in text
    assert status < 500 or "Something went wrong" in text


def test_what_has_gone_wrong_stands_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    broken(world)
    (record,) = caplog.records
    assert "/clients/acme" in record.getMessage()
    assert record.exc_info is not None


def test_no_form_and_no_page_is_kept_by_the_browser(world: World) -> None:
    browser = world.browser(ROOT_ADMINISTRATOR)
    for row in (each for each in TABLE if each.method == "GET"):
        assert browser.get(row.address, params=dict(row.params)).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("address", ["/docs", "/redoc", "/openapi.json", "/debug", "/.env", "/metrics", "/favicon.ico"])
def test_nothing_is_served_that_nobody_meant_to_serve(world: World, address: str) -> None:
    for browser in (world.browser(), world.browser(ROOT_ADMINISTRATOR)):
        assert browser.get(address).status_code == 404


def test_a_preview_is_text_and_shows_no_more_than_its_beginning(world: World) -> None:
    response = world.browser(ADMINISTRATOR).get(f"/clients/acme/preview?id={ENTRY}&name=blob")
    assert "This is no text" in response.text
    assert "\0" not in response.text
