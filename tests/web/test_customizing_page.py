"""The page of configurations, from what somebody types to what is stored."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from databus.client.passwords import verify_password
from databus.database.records import CONFIG
from databus.web.checks import Checks
from tests.web.administration import ROUTE, World, fields, text_of, user, world
from tests.web.editing import PAGE, changed, save, send, typed_in

__all__ = ["world"]


def test_what_is_saved_is_stored_with_who_saved_it_and_the_version_before_is_kept(world: World) -> None:
    ann, before = world.enter("demo", "ann"), world.content()
    text = changed(world, log_life_span=9)
    answer = save(ann, text)
    assert answer.headers["location"] == f"{PAGE}?document=__databus__&done=saved"
    assert world.content().decode() == text
    assert world.database.read_document("demo", CONFIG).saved_by == "ann"
    (earlier,) = world.database.document_history("demo", CONFIG)
    assert world.database.read_document("demo", CONFIG, version=earlier.version).content == before
    assert "ann at the web page: saved config.json: 1 line added, 1 removed" in world.lines()
    assert "Saved." in ann.get(answer.headers["location"]).text


def test_root_customizes_every_client(world: World) -> None:
    root = world.enter("root", "root")
    assert save(root, changed(world, log_life_span=9)).status_code == 303
    assert world.config()["log_life_span"] == 9
    assert world.database.read_document("demo", CONFIG).saved_by == "root of root"
    assert "__clients__" in root.get("/clients/root/customizing").text
    answer = root.get("/clients/root/customizing?document=__clients__")
    assert "Add a client" in answer.text
    assert 'href="/clients/demo/customizing"' in answer.text
    ann = world.enter("demo", "ann")
    assert "__clients__" not in ann.get(PAGE).text
    assert ann.get(f"{PAGE}?document=__clients__").status_code == 404


def test_the_check_tells_all_problems_with_their_places_and_whether_each_module_loads(world: World) -> None:
    route = {**ROUTE, "pushers": ["no.such.pusher"], "sync_frequency": "often", "cheese": 1}
    before = world.content()
    answer = send(world.enter("demo", "ann"), "check", changed(world, passengers=[route]))
    said = text_of(answer)
    assert answer.status_code == 200
    assert "passengers[0].sync_frequency: expected a number, found text" in said
    assert "passengers[0].cheese: unknown key" in said
    assert re.search(r"passengers\[0\]\.pushers\[0\]: .*no\.such\.pusher", said)
    assert "4 modules, 1 of them with a problem" in said
    assert world.content() == before


def test_the_check_of_a_good_text_says_so(world: World) -> None:
    said = text_of(send(world.enter("demo", "ann"), "check", changed(world)))
    assert "no problems" in said
    assert "none of them with a problem" in said


def test_a_module_that_hangs_is_told_in_time(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hanging_for_the_check.py").write_text("import time\ntime.sleep(3)\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    object.__setattr__(world.site, "checks", Checks(limit=0.2))
    route = {**ROUTE, "pushers": ["hanging_for_the_check"], "cheese": 1}
    answer = send(world.enter("demo", "ann"), "check", changed(world, passengers=[route]))
    said = text_of(answer)
    assert "did not finish importing within 0.2 seconds" in said
    assert "cheese: unknown key" in said


def test_what_would_change_is_shown_as_a_difference_and_nothing_is_saved(world: World) -> None:
    before = world.content()
    answer = send(world.enter("demo", "ann"), "preview", changed(world, log_life_span=9))
    assert '<span class="removed">-  &#34;log_life_span&#34;: 3,</span>' in answer.text
    assert '<span class="added">+  &#34;log_life_span&#34;: 9,</span>' in answer.text
    assert 'value="save"' in answer.text
    assert world.content() == before


def test_nothing_is_saved_that_nobody_has_looked_at(world: World) -> None:
    ann, before = world.enter("demo", "ann"), world.content()
    assert 'value="save"' not in ann.get(PAGE).text
    answer = send(ann, "save", changed(world, log_life_span=9))
    assert answer.status_code == 409
    assert "another one than the one you looked at" in text_of(answer)
    looked = fields(send(ann, "preview", changed(world, log_life_span=9)))
    answer = send(ann, "save", changed(world, log_life_span=10), previewed=looked["previewed"])
    assert answer.status_code == 409
    assert '+  "log_life_span": 10,' in text_of(answer)
    assert world.content() == before


def test_the_second_editor_is_told_sees_both_texts_and_overwrites_nothing(world: World) -> None:
    ann, root = world.enter("demo", "ann"), world.enter("root", "root")
    mine, theirs = changed(world, log_life_span=9), changed(world, log_life_span=11)
    looked = fields(send(ann, "preview", mine))
    assert save(root, theirs).status_code == 303
    answer = ann.post(PAGE, {**looked, "action": "save", "content": mine})
    said = text_of(answer)
    assert answer.status_code == 409
    assert "Somebody else has saved this document" in said
    assert "root of root" in said
    assert theirs.strip() in said
    assert typed_in(answer) == mine
    assert 'value="save"' not in answer.text
    assert world.content().decode() == theirs
    merged = changed(world, log_life_span=12)
    looked = fields(ann.post(PAGE, {**fields(answer), "action": "preview", "content": merged}))
    assert ann.post(PAGE, {**looked, "action": "save", "content": merged}).status_code == 303
    assert world.config()["log_life_span"] == 12


def test_a_save_between_our_reading_and_our_writing_is_a_conflict_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, text = world.enter("demo", "ann"), changed(world, log_life_span=9)
    looked = fields(send(ann, "preview", text))
    check, theirs = world.site.checks.check, {**world.config(), "log_life_span": 11}

    def slow_check(content: bytes, file: str) -> Any:
        world.write("demo", theirs)
        return check(content, file)

    monkeypatch.setattr(world.site.checks, "check", slow_check)
    answer = ann.post(PAGE, {**looked, "action": "save", "content": text})
    assert answer.status_code == 409
    assert "Somebody else has saved" in answer.text
    assert world.config() == theirs


def test_a_plain_password_never_reaches_the_store(world: World) -> None:
    ann = world.enter("demo", "ann")
    users = [*world.config()["users"], {"username": "new", "password": "opensesame", "role": "operator"}]
    looked = send(ann, "preview", changed(world, users=users))
    assert "opensesame" not in looked.text
    answer = ann.post(PAGE, {**fields(looked), "action": "save", "content": typed_in(looked)})
    assert answer.status_code == 303
    assert verify_password("opensesame", world.config()["users"][-1]["password"])
    world.enter("demo", "new", "opensesame")


def test_a_broken_configuration_is_saved_only_after_a_second_word(world: World) -> None:
    ann, before = world.enter("demo", "ann"), world.content()
    text = changed(world, log_life_span="long")
    answer = save(ann, text)
    assert answer.status_code == 409
    assert "tick that you want it" in text_of(answer)
    assert world.content() == before
    assert save(ann, text, confirmed="yes").status_code == 303
    assert world.content().decode() == text
    assert any("although it cannot be used (problems: 1)" in line for line in world.lines())
    assert "log_life_span" in text_of(send(ann, "check", text))


def test_text_that_is_no_json_names_the_line(world: World) -> None:
    root, text = world.enter("root", "root"), '{\n  "passengers": [],,\n}\n'
    assert "line 2, column 20" in text_of(send(root, "check", text))
    answer = save(root, text, confirmed="yes")
    assert answer.status_code == 303
    assert world.content().decode() == text
    assert "line 2, column 20" in text_of(send(root, "check", typed_in(root.get(PAGE))))
    assert save(root, '{"passengers": []}\n', confirmed="yes").status_code == 303


def test_nobody_locks_themselves_out_without_a_second_word(world: World) -> None:
    world.write("demo", {**world.config(), "users": [user("ann"), user("amy")]})
    ann, before = world.enter("demo", "ann"), world.content()
    for text in (
        changed(world, users=[user("amy")]),
        changed(world, users=[user("amy"), user("ann", "operator")]),
        "{",
    ):
        looked = send(ann, "preview", text)
        assert "You would not be an administrator of this client any more" in looked.text
        assert save(ann, text).status_code == 409
    assert world.content() == before
    assert save(ann, changed(world, users=[user("amy")]), confirmed="yes").status_code == 303
    assert ann.get(PAGE).url.path == "/login"


def test_root_keeps_an_administrator_whatever_is_confirmed(world: World) -> None:
    root, page, before = world.enter("root", "root"), "/clients/root/customizing", world.content("root")
    for text in ('{"passengers": [], "users": []}', "{", "", json.dumps({"users": [user("root", "operator")]})):
        looked = send(root, "preview", text, page)
        assert "Root would have no administrator" in looked.text
        assert 'value="save"' not in looked.text
        digests = {"previewed": "0" * 64, "confirmed": "0" * 64}
        assert send(root, "save", text, page, **digests).status_code == 409
    assert world.content("root") == before


def test_sessions_of_users_who_are_taken_out_or_get_another_password_end(world: World) -> None:
    ann, bob = world.enter("demo", "ann"), world.enter("demo", "bob")
    assert save(ann, changed(world, users=[user("ann")])).status_code == 303
    assert save(ann, changed(world, users=[user("ann"), user("bob", "operator")])).status_code == 303
    assert bob.get("/clients/demo").url.path == "/login"
    assert save(ann, changed(world, users=[{**user("ann"), "password": "another horse"}])).status_code == 303
    assert ann.get(PAGE).url.path == PAGE


def test_only_administrators_of_the_client_or_of_root_come_here(world: World) -> None:
    before, version = world.content(), world.database.read_document("demo", CONFIG).version
    values = {"version": version, "content": "{}", "previewed": "x", "confirmed": "x"}
    for client, name, status in [("demo", "bob", 403), ("root", "helper", 403), ("other", "eve", 404)]:
        somebody = world.enter(client, name)
        for address in (PAGE, f"{PAGE}/version?version={version}", f"{PAGE}/file"):
            assert somebody.get(address).status_code == status
        for action in ("check", "preview", "save", "restore"):
            assert somebody.post(PAGE, {**values, "action": action}).status_code == status
    ann = world.enter("demo", "ann")
    for action in ("check", "preview", "save", "restore"):
        assert ann.post(PAGE, {**values, "action": action}, csrf="forged").status_code == 403
    assert ann.post(PAGE, {**values, "action": "burn"}).status_code == 422
    assert ann.get(f"{PAGE}?document=state/sessions").status_code == 404
    assert ann.get(f"{PAGE}/version?version=nonsense").status_code == 404
    assert world.content() == before
