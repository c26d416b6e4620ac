"""Adding and removing clients, from what somebody sends to what is stored."""

import json
from typing import Any

import pytest

from databus.database.records import CONFIG
from databus.operating.client_keeping import EMPTY
from tests.web.administration import PASSWORD, ROUTE, World, text_of, user, world

__all__ = ["world"]

LIST = "/clients/root/customizing/clients"


def test_a_client_is_added_and_gets_its_first_user(world: World) -> None:
    root = world.enter("root", "root")
    answer = root.post("/clients", {"name": "Mills & Sons"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}?done=added&name=Mills+%26+Sons")
    assert "Client Mills & Sons was added" in text_of(root.get(answer.headers["location"]))
    assert world.config("Mills & Sons") == EMPTY
    assert world.database.read_document("Mills & Sons", CONFIG).saved_by == "root of root"
    assert "root of root at the web page: added the client" in world.lines("Mills & Sons")
    given = {"username": "amy", "role": "administrator", "password": PASSWORD, "again": PASSWORD}
    assert root.post("/clients/Mills%20%26%20Sons/users", given).status_code == 303
    world.enter("Mills & Sons", "amy")


def test_a_client_like_another_one_has_its_routes_and_not_its_users(world: World) -> None:
    assert world.enter("root", "root").post("/clients", {"name": "new", "like": "demo"}).status_code == 303
    assert world.config("new") == {"log_life_span": 3, "passengers": [ROUTE], "users": []}


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"name": "demo"}, 400, "there is already a client demo"),
        ({"name": ""}, 400, "cannot be a client's id"),
        ({"name": "../demo"}, 400, "cannot be a client's id"),
        ({"name": " x"}, 400, "cannot be a client's id"),
        ({"name": "x" * 65}, 400, "cannot be a client's id"),
        ({"name": "new", "like": "nobody"}, 404, "there is no client nobody"),
        ({"name": "new", "like": "broken"}, 400, "line 1, column 2"),
        ({"name": "new", "like": "list"}, 400, "is not an object"),
    ],
)
def test_what_cannot_be_added_is_told(world: World, given: dict[str, str], status: int, said: str) -> None:
    world.write("broken", b"{")
    world.write("list", b"[]")
    before = world.database.clients()
    answer = world.enter("root", "root").post("/clients", given)
    assert answer.status_code == status
    assert said in text_of(answer)
    assert world.database.clients() == before


def test_a_client_is_removed_after_its_name_was_typed(world: World) -> None:
    root, ann = world.enter("root", "root"), world.enter("demo", "ann")
    assert 'href="/clients/demo/removal"' in root.get(LIST).text
    assert "0 passengers of its queue" in text_of(root.get("/clients/demo/removal"))
    for typed in ("", "Demo", "other"):
        answer = root.post("/clients/demo/removal", {"typed": typed})
        assert answer.status_code == 409
        assert "Nothing was removed" in text_of(answer)
    assert "demo" in world.database.clients()
    answer = root.post("/clients/demo/removal", {"typed": "demo"})
    assert answer.headers["location"] == f"{LIST}?done=removed&name=demo"
    assert sorted(world.database.clients()) == ["other", "root"]
    assert "root of root at the web page: removed client demo" in world.lines("root")
    assert ann.get("/clients/demo").url.path == "/login"
    assert root.get("/clients/demo/removal").status_code == 404


def test_root_stays(world: World) -> None:
    root = world.enter("root", "root")
    assert 'disabled title="Its users manage the whole system"' in root.get(LIST).text
    for answer in (root.get("/clients/root/removal"), root.post("/clients/root/removal", {"typed": "root"})):
        assert answer.status_code == 400
        assert "cannot be removed" in text_of(answer)
    assert "root" in world.database.clients()


@pytest.mark.parametrize(("client", "name"), [("root", "helper"), ("demo", "ann"), ("demo", "bob"), ("other", "eve")])
def test_only_administrators_of_root_may(world: World, client: str, name: str) -> None:
    somebody, before = world.enter(client, name), world.database.clients()
    assert somebody.post("/clients", {"name": "new"}).status_code == 403
    for answer in (somebody.get("/clients/demo/removal"), somebody.post("/clients/demo/removal", {"typed": "demo"})):
        assert answer.status_code == (404 if client == "other" else 403)
    assert world.database.clients() == before


def test_a_forged_form_does_nothing(world: World) -> None:
    root, before = world.enter("root", "root"), world.database.clients()
    assert root.post("/clients", {"name": "new"}, csrf="forged").status_code == 403
    assert root.post("/clients/demo/removal", {"typed": "demo"}, csrf="forged").status_code == 403
    assert world.database.clients() == before


def test_names_are_shown_as_text(world: World) -> None:
    name, root = "<img src=x>", world.enter("root", "root")
    world.write(name, {**EMPTY, "users": [user("amy")]})
    pages: list[Any] = [
        root.get(LIST),
        root.get(f"{LIST}?done=added&name={name}"),
        root.get(f"/clients/{name}/removal"),
        root.post(f"/clients/{name}/removal", {"typed": "x"}),
        root.post("/clients", {"name": f"/{name}"}),
    ]
    for page in pages:
        assert "&lt;img src=x&gt;" in page.text
        assert "<img src=x" not in page.text


def test_the_list_of_another_client_is_not_there(world: World) -> None:
    root = world.enter("root", "root")
    assert root.get("/clients/demo/customizing/clients").status_code == 404
    assert json.loads(world.content("demo"))["users"]
