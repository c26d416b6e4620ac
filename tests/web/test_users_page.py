"""The page of users, from what somebody sends to what is stored."""

import json
import re
from urllib.parse import quote

import pytest

from databus.client.passwords import verify_password, verify_token
from tests.web.administration import PASSWORD, World, text_of, user, world

__all__ = ["world"]

PAGE = "/clients/demo/users"
OTHER = "another horse"


def _stored(world: World, name: str, client: str = "demo") -> dict[str, str]:
    found: dict[str, str] = next(each for each in world.config(client)["users"] if each["username"] == name)
    return found


def _names(world: World, client: str = "demo") -> list[str]:
    return [each["username"] for each in world.config(client)["users"]]


def test_the_list_tells_roles_and_what_each_has(world: World) -> None:
    answer = world.enter("demo", "ann").get(PAGE)
    rows = [
        re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row)) for row in re.findall(r"<tr>(.*?)</tr>", answer.text, re.S)
    ]
    assert " robot operator yes yes never " in rows
    assert any(row.startswith(" ann you administrator yes none 20") for row in rows)
    assert "argon2" not in answer.text
    assert "sha256" not in answer.text


@pytest.mark.parametrize(("client", "name"), [("demo", "ann"), ("root", "root")])
def test_an_administrator_adds_a_user_who_can_come_in(world: World, client: str, name: str) -> None:
    given = {"username": "Zoë <b>", "role": "administrator", "password": OTHER, "again": OTHER}
    answer = world.enter(client, name).post(PAGE, given)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=added")
    assert verify_password(OTHER, _stored(world, "Zoë <b>")["password"])
    assert OTHER.encode() not in world.content()
    assert any("added user Zoë <b>, administrator" in line and name in line for line in world.lines())
    answer = world.enter("demo", "Zoë <b>", OTHER).get(PAGE)
    assert "Zoë &lt;b&gt;" in answer.text
    assert "Zoë <b>" not in answer.text


def test_a_token_is_shown_once_and_stored_as_a_hash(world: World) -> None:
    ann = world.enter("demo", "ann")
    answer = ann.post(PAGE, {"username": "program", "token": "true"})
    found = re.search(r'id="token" value="([^"]+)"', answer.text)
    assert found
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert verify_token(found[1], _stored(world, "program")["token"])
    assert "password" not in _stored(world, "program")
    assert found[1].encode() not in world.content()
    assert not [line for line in world.lines() if found[1] in line]
    assert found[1] not in ann.get(f"{PAGE}/user?name=program").text


def test_a_token_is_made_anew_and_taken_away(world: World) -> None:
    ann = world.enter("demo", "ann")
    answer = ann.post(f"{PAGE}/token", {"name": "robot"})
    found = re.search(r'id="token" value="([^"]+)"', answer.text)
    assert found
    assert verify_token(found[1], _stored(world, "robot")["token"])
    ann.post(f"{PAGE}/token/clear", {"name": "robot"})
    assert "token" not in _stored(world, "robot")
    assert any("took the token of user robot away" in line for line in world.lines())


def test_a_new_password_ends_the_sessions_of_the_old_one(world: World) -> None:
    ann, bob, bob_too = world.enter("demo", "ann"), world.enter("demo", "bob"), world.enter("demo", "bob")
    assert bob.get("/clients/demo").url.path == "/clients/demo"
    answer = ann.post(f"{PAGE}/password", {"name": "bob", "password": OTHER, "again": OTHER})
    assert answer.status_code == 303
    assert verify_password(OTHER, _stored(world, "bob")["password"])
    for each in (bob, bob_too):
        assert each.get("/clients/demo").url.path == "/login"
    world.enter("demo", "bob", OTHER)
    assert ann.get(PAGE).status_code == 200


def test_who_changes_the_own_password_stays_and_the_other_browser_goes(world: World) -> None:
    ann, elsewhere = world.enter("demo", "ann"), world.enter("demo", "ann")
    before = ann.browser.cookies["databus_session"]
    ann.post(f"{PAGE}/password", {"name": "ann", "password": OTHER, "again": OTHER})
    assert ann.browser.cookies["databus_session"] != before
    assert ann.get(PAGE).url.path == PAGE
    assert elsewhere.get(PAGE).url.path == "/login"


def test_a_removed_user_is_out_at_once_and_stays_out_under_the_same_name(world: World) -> None:
    ann, bob = world.enter("demo", "ann"), world.enter("demo", "bob")
    ann.post(f"{PAGE}/remove", {"name": "bob", "sure": "true"})
    assert _names(world) == ["ann", "robot"]
    assert bob.get("/clients/demo").url.path == "/login"
    content = world.config()
    content["users"].append(user("bob", "operator"))
    world.write("demo", content)  # the same hash, so the same stamp: only ended sessions keep the old one out
    assert bob.get("/clients/demo").url.path == "/login"


def test_a_role_is_changed(world: World) -> None:
    ann, bob = world.enter("demo", "ann"), world.enter("demo", "bob")
    assert bob.get(PAGE).status_code == 403
    ann.post(f"{PAGE}/role", {"name": "bob", "role": "administrator"})
    assert _stored(world, "bob")["role"] == "administrator"
    assert bob.get(PAGE).status_code == 200


@pytest.mark.parametrize(("client", "name"), [("demo", "ann"), ("root", "root")])
def test_the_last_administrator_stays(world: World, client: str, name: str) -> None:
    somebody, before = world.enter(client, name), world.content(client)
    page = f"/clients/{client}/users"
    for place, values in [("remove", {}), ("role", {"role": "operator"})]:
        answer = somebody.post(f"{page}/{place}", {"name": name, "sure": "true", **values})
        assert answer.status_code == 409
        assert "is the last administrator of this client" in text_of(answer)
    assert world.content(client) == before


def test_an_administrator_without_a_password_is_no_other_administrator(world: World) -> None:
    ann = world.enter("demo", "ann")
    ann.post(PAGE, {"username": "program", "role": "administrator", "token": "true"})
    assert ann.post(f"{PAGE}/remove", {"name": "ann", "sure": "true"}).status_code == 409


def test_nobody_locks_themselves_out_without_saying_that_they_are_sure(world: World) -> None:
    world.write("demo", {"users": [user("ann"), user("amy")]})
    ann = world.enter("demo", "ann")
    answer = ann.post(f"{PAGE}/role", {"name": "ann", "role": "operator"})
    assert answer.status_code == 409
    assert "tick that you are sure" in text_of(answer)
    assert ann.post(f"{PAGE}/remove", {"name": "ann"}).status_code == 409
    assert _stored(world, "ann")["role"] == "administrator"
    answer = ann.post(f"{PAGE}/role", {"name": "ann", "role": "operator", "sure": "true"})
    assert answer.headers["location"] == "/clients/demo"
    assert _stored(world, "ann")["role"] == "operator"
    amy = world.enter("demo", "amy")
    world.enter("root", "root").post(f"{PAGE}/role", {"name": "ann", "role": "administrator"})
    amy.post(f"{PAGE}/remove", {"name": "amy", "sure": "true"})
    assert amy.get(PAGE).url.path == "/login"
    assert _names(world) == ["ann"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"username": "ann", "password": OTHER, "again": OTHER}, "There is already a user 'ann'"),
        ({"username": "new", "password": OTHER, "again": "differs"}, "The two passwords differ"),
        ({"username": "new", "password": "short", "again": "short"}, "at least 8 characters"),
        ({"username": "new"}, "Without a password and without a token"),
        ({"username": " new", "token": "true"}, "printable characters"),
        ({"username": "n\new", "token": "true"}, "printable characters"),
        ({"username": "n" * 101, "token": "true"}, "printable characters"),
        ({"username": "", "token": "true"}, "printable characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(world: World, given: dict[str, str], said: str) -> None:
    ann, before = world.enter("demo", "ann"), world.content()
    answer = ann.post(PAGE, given)
    assert answer.status_code == 400
    assert said in text_of(answer)
    assert world.content() == before


def test_an_unknown_role_or_user_is_refused(world: World) -> None:
    ann, before = world.enter("demo", "ann"), world.content()
    assert ann.post(f"{PAGE}/role", {"name": "bob", "role": "king"}).status_code == 422
    assert ann.post(f"{PAGE}/role", {"name": "nobody", "role": "operator"}).status_code == 404
    assert ann.get(f"{PAGE}/user?name=nobody").status_code == 404
    answer = ann.post(f"{PAGE}/password", {"name": "bob", "password": OTHER, "again": "x"})
    assert (answer.status_code, "differ" in answer.text) == (400, True)
    assert world.content() == before


def test_a_name_that_looks_like_a_reference_is_a_name(world: World) -> None:
    ann = world.enter("demo", "ann")
    ann.post(PAGE, {"username": "${PATH}", "password": OTHER, "again": OTHER})
    assert "${PATH}" in text_of(ann.get(PAGE))
    world.enter("demo", "${PATH}", OTHER)
    ann.post(f"{PAGE}/remove", {"name": "${PATH}", "sure": "true"})
    assert _names(world) == ["ann", "bob", "robot"]


def test_odd_names_have_their_page(world: World) -> None:
    name = "a/b?c=d&e#é\"'"
    world.write("demo", {"users": [user("ann"), user(name, "operator")]})
    ann = world.enter("demo", "ann")
    found = re.search(r'href="(/clients/demo/users/user\?name=a%2F[^"]+)"', ann.get(PAGE).text)
    assert found
    assert name in text_of(ann.get(found[1].replace("&amp;", "&")))
    answer = ann.post(f"{PAGE}/role", {"name": name, "role": "administrator"})
    assert quote(name, safe="") in answer.headers["location"]
    assert name in text_of(ann.get(answer.headers["location"]))


def test_a_broken_configuration_still_has_users_and_text_that_is_no_json_says_so(world: World) -> None:
    ann, root = world.enter("demo", "ann"), world.enter("root", "root")
    broken = world.config()
    broken["passengers"][0]["sync_frequency"] = "often"
    world.write("demo", b"\xef\xbb\xbf" + json.dumps(broken).encode())
    assert "robot" in ann.get(PAGE).text
    ann.post(f"{PAGE}/role", {"name": "bob", "role": "administrator"})
    assert world.content().startswith(b"\xef\xbb\xbf{")
    world.write("demo", b'{"users": [')
    answer = root.get(PAGE)
    assert answer.status_code == 200
    assert "is not JSON" in answer.text
    answer = root.post(PAGE, {"username": "new", "token": "true"})
    assert answer.status_code == 400
    assert world.content() == b'{"users": ['


def test_a_client_without_users_says_what_to_do(world: World) -> None:
    world.write("other", {"passengers": []})
    answer = world.enter("root", "root").get("/clients/other/users")
    assert "No users yet" in answer.text


def test_only_administrators_of_the_client_or_of_root_come_here(world: World) -> None:
    before = world.content()
    posts = {
        "": {"username": "new", "token": "true"},
        "/role": {"name": "bob", "role": "administrator"},
        "/password": {"name": "ann", "password": OTHER, "again": OTHER},
        "/token": {"name": "robot"},
        "/token/clear": {"name": "robot"},
        "/remove": {"name": "robot", "sure": "true"},
    }
    for client, name, status in [("demo", "bob", 403), ("root", "helper", 403), ("other", "eve", 404)]:
        somebody = world.enter(client, name)
        for address in (PAGE, f"{PAGE}/user?name=ann"):
            assert somebody.get(address).status_code == status
        for place, values in posts.items():
            assert somebody.post(PAGE + place, values).status_code == status
    ann = world.enter("demo", "ann")
    for place, values in posts.items():
        assert ann.post(PAGE + place, values, csrf="forged").status_code == 403
    assert world.content() == before
    assert f'href="{PAGE}"' not in world.enter("demo", "bob").get("/clients/demo").text
    assert f'href="{PAGE}"' in ann.get("/clients/demo").text
    assert PASSWORD.encode() not in before
