"""Which references to the server an administrator may write: ADR 0012."""

import json

import pytest

from tests.web.administration import ROUTE, World, world
from tests.web.editing import PAGE, changed, save, send

__all__ = ["world"]


@pytest.mark.parametrize("reference", ["${HOME}", "${file:/etc/hostname}", "${HOME:-x}", "\\u0024{HOME}"])
def test_an_administrator_who_is_not_of_root_adds_no_references(world: World, reference: str) -> None:
    ann, before = world.enter("demo", "ann"), world.content()
    pusher = {"module": "databus.pusher.demo.demo_pusher_1", "name": "REFERENCE"}
    good = changed(world, passengers=[{**ROUTE, "pushers": [pusher]}]).replace("REFERENCE", reference)
    for text in (good, good[:-3], good + "]"):
        looked = send(ann, "preview", text)
        assert "only an administrator of root may refer" in looked.text
        assert 'value="save"' not in looked.text
        previewed = "0" * 64
        assert send(ann, "save", text, previewed=previewed, confirmed=previewed).status_code == 409
    assert world.content() == before
    assert save(world.enter("root", "root"), good).status_code == 303
    kept = world.content().decode().replace('"log_life_span": 3', '"log_life_span": 4')
    assert save(ann, kept).status_code == 303
    assert world.config()["log_life_span"] == 4
    moved = {**world.config(), "users": [*world.config()["users"], {"username": pusher["name"]}]}
    moved["users"][-1]["username"] = moved["passengers"][0]["pushers"][0]["name"]
    assert "only an administrator of root" in send(ann, "preview", json.dumps(moved)).text


def test_a_reference_is_not_followed_before_it_is_allowed(world: World) -> None:
    text = changed(world, users=[*world.config()["users"], {"username": "${DATABUS_NO_SUCH}"}])
    assert "not set" not in send(world.enter("demo", "ann"), "check", text).text
    assert "not set" in send(world.enter("root", "root"), "check", text).text


def test_references_come_back_after_the_text_was_broken_by_hand(world: World) -> None:
    name = {"module": "databus.pusher.demo.demo_pusher_1", "name": "${HOME}"}
    good = changed(world, passengers=[{**ROUTE, "pushers": [name]}])
    world.write("demo", good.encode())
    ann = world.enter("demo", "ann")
    world.write("demo", good[:-3].encode())
    root = world.enter("root", "root")
    assert ann.get(PAGE).url.path == "/login"  # nobody of a client whose text is no JSON
    assert save(root, good).status_code == 303
    assert save(ann, good.replace('"log_life_span": 3', '"log_life_span": 4')).status_code == 303
