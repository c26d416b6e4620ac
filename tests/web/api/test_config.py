"""The configuration of a client."""

import json
from typing import Any

import orjson
import pytest
from httpx2 import Response

from databus.client.passwords import is_hashed
from databus.database.records import CONFIG, Document
from databus.errors import VersionConflict
from databus.web.api import config as config_module
from tests.web.api.world import ROUTE, World, problem, user

ADDRESS = "clients/acme/config"
USERS = [user("ann", "administrator")]
NO_PULLERS = 'has no pullers, so nothing is pulled; if others hand its passengers over, write "pullers": []'

GOOD: dict[str, Any] = {"users": USERS, "passengers": [{"name": ROUTE, "pushers": []}]}


def _put(world: World, content: object, tag: str | None = None, by: str = "ann", client: str = "acme") -> Response:
    tag = world.call("GET", f"clients/{client}/config", by).headers["etag"] if tag is None else tag
    data = content if isinstance(content, bytes) else json.dumps(content, indent=1).encode()
    headers = {"if-match": tag, "content-type": "application/json"} if tag else {}
    return world.call("PUT", f"clients/{client}/config", by, content=data, headers=headers)


def _stored(world: World, client: str = "acme") -> Document:
    return world.database.read_document(client, CONFIG)


def test_it_is_read_byte_for_byte(world: World) -> None:
    answer = world.call("GET", ADDRESS)
    document = _stored(world)
    assert answer.content == document.content
    assert answer.headers["etag"] == f'"{document.version}"'
    assert answer.headers["content-type"] == "application/json"


def test_it_is_saved_with_its_layout_and_the_old_one_is_kept(world: World) -> None:
    before = _stored(world)
    answer = _put(world, GOOD)
    assert answer.status_code == 200, answer.text
    saved = _stored(world)
    assert saved.content == json.dumps(GOOD, indent=1).encode()
    assert (saved.saved_by, answer.headers["etag"]) == ("ann", f'"{saved.version}"')
    assert answer.json()["version"] == saved.version
    assert answer.json()["warnings"][0] == {"place": "passengers[0]", "reason": NO_PULLERS}
    assert [each.version for each in world.database.document_history("acme", CONFIG)][:1] == [before.version]
    assert "ann at the API: saved config.json" in world.audit()


def test_plain_passwords_are_stored_as_hashes(world: World) -> None:
    assert _put(world, {"users": [{**USERS[0], "password": "secret"}]}).status_code == 200
    assert is_hashed(orjson.loads(_stored(world).content)["users"][0]["password"])


def test_without_a_version_nothing_is_saved(world: World) -> None:
    problem(_put(world, GOOD, tag=""), 428)
    assert _stored(world).content != json.dumps(GOOD, indent=1).encode()


@pytest.mark.parametrize("tag", ['"other"', "other", 'W/"1"', '"a", "b"', '"'])
def test_another_version_is_a_conflict(world: World, tag: str) -> None:
    before = _stored(world)
    problem(_put(world, GOOD, tag=tag), 412)
    assert _stored(world) == before


def test_the_second_of_two_who_save_is_told(world: World) -> None:
    tag = world.call("GET", ADDRESS).headers["etag"]
    assert _put(world, GOOD, tag).status_code == 200
    problem(_put(world, {"users": USERS}, tag), 412)
    assert orjson.loads(_stored(world).content) == GOOD


def test_who_saves_between_looking_and_writing_is_not_overwritten(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(*_: object, **__: object) -> Document:
        raise VersionConflict("somebody was faster")

    monkeypatch.setattr(config_module, "save_config", conflict)
    problem(_put(small, GOOD), 412)


@pytest.mark.parametrize("tag", ["*", '"x", {}'])
def test_any_or_one_of_several_versions(world: World, tag: str) -> None:
    assert _put(world, GOOD, tag.format(f'"{_stored(world).version}"')).status_code == 200


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (b"", [""]),
        (b"{", ["line 1, column 2"]),
        (b"[]", [""]),
        (b'{"log_life_span": "\xff"}', ["line 1"]),
        ({**GOOD, "colour": "red", "log_life_span": -1}, ["log_life_span", "colour"]),
        ({"users": USERS, "passengers": [{"name": "no.such.module"}]}, ["passengers[0].name"]),
        ({"users": [{**USERS[0], "token_expires": "soon"}]}, ["users[0].token_expires"]),
    ],
)
def test_all_that_is_wrong_is_told_with_its_places(world: World, content: object, places: list[str]) -> None:
    before = _stored(world)
    errors = problem(_put(world, content), 422)["errors"]
    assert sorted(error["place"] for error in errors) == sorted(places)
    assert all(error["reason"] for error in errors)
    assert _stored(world) == before


def test_root_keeps_an_administrator(world: World) -> None:
    problem(_put(world, {"users": [user("ron")]}, by="rob", client="root"), 422)
    problem(_put(world, {"users": [user("ron", "administrator")]}, by="rob", client="root"), 422)
    ron = {**user("ron", "administrator"), "password": "secret of ron"}
    assert _put(world, {"users": [ron]}, by="rob", client="root").status_code == 200


@pytest.mark.parametrize("reference", ["${HOME}", "${file:/etc/hostname}", "${NOT_THERE:-x}"])
def test_only_root_adds_references(world: World, reference: str) -> None:
    before = _stored(world)
    curious = {**GOOD, "users": [*USERS, {**user("bob"), "password": reference}]}
    errors = problem(_put(world, curious), 403)["errors"]
    assert errors == [{"place": "", "reason": f"{reference} in users.password is new"}]
    assert _stored(world).version == before.version
    answer = _put(world, curious, by="rob")
    assert answer.status_code == 200, answer.text
    assert _put(world, curious).status_code == 200, "what is there may stay"


def test_a_large_configuration_is_refused(small: World) -> None:
    problem(_put(small, b" " * (2 * 2**20 + 1)), 413)


def test_a_broken_one_is_mended(world: World) -> None:
    world.save("acme", users=USERS, colour="red")
    assert world.get("clients/acme")["problems"][0]["place"] == "colour"
    assert world.get("clients", "rob")["clients"][0] == {"client": "acme", "problems": 1}
    assert _put(world, GOOD).status_code == 200
    assert world.get("clients/acme")["problems"] == []
