"""Passwords in the clear, as people write them into a configuration by hand, do not stay so once the page reads it."""

from typing import Any

import orjson
import pytest

from databus.client.passwords import is_hashed
from databus.database.records import CONFIG
from tests.web.world import ADMINISTRATOR, World, config, is_inside, log_in

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)

PLAIN = "secret of the administrator"


def _write_by_hand(world: World) -> None:
    changed = config(ADMINISTRATOR)
    changed["users"][0]["password"] = PLAIN
    world.configure("acme", changed)


def _is_hashed(world: World) -> bool:
    content = world.database.read_document("acme", CONFIG).content
    return PLAIN.encode() not in content and is_hashed(orjson.loads(content)["users"][0]["password"])


def test_whoever_logs_in_with_one_stays_in(world: World) -> None:
    _write_by_hand(world)
    browser = world.browser()
    assert log_in(browser, ADMINISTRATOR, PLAIN).status_code == 303
    assert _is_hashed(world)
    assert is_inside(browser)


@pytest.mark.parametrize("path", ["/clients/acme", "/clients/acme/customizing"])
def test_whoever_looks_at_the_client_sees_none(world: World, path: str) -> None:
    browser = world.browser(ADMINISTRATOR)
    world.configure("acme", _with_another())
    page = browser.get(path)
    assert page.status_code == 200
    assert PLAIN not in page.text
    assert PLAIN.encode() not in world.database.read_document("acme", CONFIG).content


def _with_another() -> dict[str, Any]:
    changed = config(ADMINISTRATOR)
    changed["users"].append({"username": "late", "password": PLAIN, "role": "operator"})
    return changed


def test_a_program_that_reads_the_configuration_gets_none(world: World) -> None:
    browser = world.browser(ADMINISTRATOR)
    world.configure("acme", _with_another())
    answer = browser.get("/api/v1/clients/acme/config")
    assert answer.status_code == 200
    assert PLAIN not in answer.text
    assert answer.headers["etag"] == f'"{world.database.read_document("acme", CONFIG).version}"'
