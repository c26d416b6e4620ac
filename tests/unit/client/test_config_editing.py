import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from databus.client.config_editing import (
    add_user,
    clear_token,
    limit_token,
    remove_user,
    set_password,
    set_role,
    set_token,
)
from databus.client.config_loader import load_config
from databus.client.passwords import verify_password
from databus.errors import ConfigError, DatabusError, NotFound

DESIGN = b"""{
  "log_life_span": 1,
  "passengers": [],
  "users": [
    {"username": "demo", "password": "demo", "role": "administrator", "token": "267c598e"}
  ]
}
"""
FOUR = """{
    "users": [
        {
            "password": "${PW}",
            "username": "jürgen",
            "role": "operator"
        }
    ],
    "log_life_span": 1
}
""".encode()


def _users(data: bytes) -> list[dict[str, Any]]:
    users: list[dict[str, Any]] = json.loads(data.decode("utf-8-sig"))["users"]
    return users


def test_a_user_is_added_on_one_line_where_users_are_one_line_each() -> None:
    assert add_user(DESIGN, "zoë", role="operator", token="sha256:1") == DESIGN.replace(
        b"}\n  ]", '},\n    {"username": "zoë", "role": "operator", "token": "sha256:1"}\n  ]'.encode()
    )


def test_a_user_is_added_in_the_indentation_of_the_file() -> None:
    added = b"""        },
        {
            "username": "ada",
            "role": "operator"
        }
    ],"""
    assert add_user(FOUR, "ada", role="operator") == FOUR.replace(b"        }\n    ],", added)


@pytest.mark.parametrize(
    ("data", "edited"),
    [
        (b"{}", b'{"users": [{"username": "a", "role": "operator"}]}\n'),
        (b'{"users": []}\n', b'{"users": [{"username": "a", "role": "operator"}]}\n'),
        (b'{"users":[{"username":"b"}]}', b'{"users":[{"username":"b"}, {"username": "a", "role": "operator"}]}\n'),
        (
            b'{\n "open": true\n}\n',
            b'{\n "open": true,\n "users": [\n  {\n   "username": "a",\n   "role": "operator"\n  }\n ]\n}\n',
        ),
        (
            b'{\r\n "users": []\r\n}',
            b'{\r\n "users": [\r\n  {\r\n   "username": "a",\r\n   "role": "operator"\r\n  }\r\n ]\r\n}\r\n',
        ),
    ],
)
def test_a_user_is_added_to_whatever_is_there(data: bytes, edited: bytes) -> None:
    assert add_user(data, "a", role="operator") == edited


def test_a_new_password_is_hashed() -> None:
    (_, user) = _users(add_user(DESIGN, "ada", role="operator", password="geheim"))
    assert verify_password("geheim", user["password"])


def test_a_user_is_added_once() -> None:
    with pytest.raises(DatabusError, match="already a user 'demo'"):
        add_user(DESIGN, "demo", role="operator")


@pytest.mark.parametrize("role", ["", "king", "Administrator"])
def test_a_role_must_be_one_of_the_two(role: str) -> None:
    with pytest.raises(DatabusError, match="administrator or operator"):
        add_user(DESIGN, "ada", role=role)
    with pytest.raises(DatabusError, match="administrator or operator"):
        set_role(DESIGN, "demo", role, client_id="demo")


def test_a_user_needs_a_name() -> None:
    with pytest.raises(DatabusError, match="must not be empty"):
        add_user(DESIGN, "", role="operator")


@pytest.mark.parametrize(
    ("data", "edited"),
    [
        (b'{"open": true, "users": [{"username": "a"}]}\n', b'{"open": false, "users": []}\n'),
        (b'{"open": false, "users": [{"username": "a"}]}\n', b'{"open": false, "users": []}\n'),
        (b'{"users": [{"username": "a"}], "open": true}\n', b'{"users": [], "open": false}\n'),
        (
            b'{"open": true, "users": [{"username": "a"}, {"username": "b"}]}\n',
            b'{"open": true, "users": [{"username": "b"}]}\n',
        ),
    ],
)
def test_a_client_that_loses_its_last_user_is_not_open_then(data: bytes, edited: bytes) -> None:
    assert remove_user(data, "a", client_id="demo") == edited


def test_a_user_is_removed() -> None:
    more = add_user(add_user(DESIGN, "b", role="operator"), "c", role="operator")
    assert remove_user(more, "c", client_id="demo") == add_user(DESIGN, "b", role="operator")
    assert remove_user(remove_user(more, "c", client_id="demo"), "b", client_id="demo") == DESIGN
    assert [user["username"] for user in _users(remove_user(more, "demo", client_id="demo"))] == ["b", "c"]
    assert remove_user(DESIGN, "demo", client_id="demo") == DESIGN[: DESIGN.index(b"[\n    {") + 1] + b"]\n}\n"


def test_the_last_administrator_of_root_stays() -> None:
    edits: list[Callable[[bytes], bytes]] = [
        lambda data: remove_user(data, "demo", client_id="root"),
        lambda data: set_role(data, "demo", "operator", client_id="root"),
    ]
    for edit in edits:
        with pytest.raises(DatabusError, match="'demo' is the last administrator of root"):
            edit(add_user(DESIGN, "b", role="operator"))
        assert edit(add_user(DESIGN, "b", role="administrator"))
    assert set_role(DESIGN, "demo", "administrator", client_id="root") == DESIGN
    assert remove_user(FOUR, "jürgen", client_id="root")


def test_a_password_is_replaced_where_it_stands() -> None:
    edited = set_password(FOUR, "jürgen", "neu")
    stored = _users(edited)[0]["password"]
    assert verify_password("neu", stored)
    assert edited.replace(stored.encode(), b"${PW}") == FOUR


def test_a_role_is_replaced_or_added() -> None:
    assert set_role(FOUR, "jürgen", "administrator", client_id="x") == FOUR.replace(b"operator", b"administrator")
    without = FOUR.replace(b',\n            "role": "operator"', b"")
    assert set_role(without, "jürgen", "operator", client_id="x") == FOUR


def test_a_token_is_set_and_cleared() -> None:
    assert set_token(DESIGN, "demo", "sha256:2") == DESIGN.replace(b"267c598e", b"sha256:2")
    limited = limit_token(DESIGN, "demo", scope="read", expires="2027-01-01T00:00:00Z")
    assert b'"token_scope": "read", "token_expires": "2027-01-01T00:00:00Z"' in limited
    unlimited = limit_token(limited, "demo", scope="write", expires="")
    assert b'"token_scope": "write", "token_expires": ""' in unlimited
    assert limit_token(DESIGN, "demo", scope="write", expires="") == DESIGN
    assert clear_token(DESIGN, "demo") == DESIGN.replace(b', "token": "267c598e"', b"")
    assert clear_token(FOUR, "jürgen") == FOUR
    assert clear_token(set_token(FOUR, "jürgen", "sha256:2"), "jürgen") == FOUR
    assert clear_token(b'{"users": [{"token": "x", "username": "a"}]}\n', "a") == b'{"users": [{"username": "a"}]}\n'


@pytest.mark.parametrize(("scope", "expires"), [("all", ""), ("read", "tomorrow"), ("read", "2027-01-01T00:00:00")])
def test_a_token_has_no_odd_limits(scope: str, expires: str) -> None:
    with pytest.raises(DatabusError):
        limit_token(DESIGN, "demo", scope=scope, expires=expires)


@pytest.mark.parametrize("data", [DESIGN, b"{}", b'{"users": [1, {"username": 5}]}'])
def test_a_user_that_is_not_there_is_not_found(data: bytes) -> None:
    edits: list[Callable[[], bytes]] = [
        lambda: remove_user(data, "nobody", client_id="demo"),
        lambda: set_password(data, "nobody", "x"),
        lambda: set_role(data, "nobody", "operator", client_id="demo"),
        lambda: set_token(data, "nobody", "x"),
        lambda: clear_token(data, "nobody"),
        lambda: limit_token(data, "nobody", scope="read", expires=""),
    ]
    for edit in edits:
        with pytest.raises(NotFound, match="there is no user 'nobody'"):
            edit()


def test_what_is_no_configuration_is_not_edited() -> None:
    with pytest.raises(ConfigError, match="line 1"):
        add_user(b"{", "a", role="operator")
    with pytest.raises(DatabusError, match="must be an object"):
        add_user(b"[]", "a", role="operator")
    with pytest.raises(DatabusError, match="must be a list"):
        add_user(b'{"users": {}}', "a", role="operator")


def test_half_a_character_cannot_be_stored() -> None:
    with pytest.raises(DatabusError, match="half a character"):
        add_user(DESIGN, "\udce9", role="operator")


def test_a_byte_order_mark_stays() -> None:
    assert set_token(b"\xef\xbb\xbf" + DESIGN, "demo", "x").startswith(b"\xef\xbb\xbf{")


letters = st.characters(exclude_categories=["Cs"])
names = st.text(letters, min_size=1) | st.text(alphabet='${}"\\\n\u2028é', min_size=1)
layouts = st.sampled_from([None, 2, 4, "\t"])


@given(st.lists(names, unique=True, min_size=1, max_size=5), layouts, st.booleans())
def test_users_of_any_name_are_added_found_and_removed(
    usernames: list[str], indent: int | str | None, windows: bool
) -> None:
    text = json.dumps({"log_life_span": 1, "users": [], "passengers": []}, indent=indent) + "\n"
    empty = (text.replace("\n", "\r\n") if windows else text).encode()
    data = empty
    for name in usernames:
        data = add_user(data, name, role="operator", token="t")
        data = set_role(clear_token(data, name), name, "administrator", client_id="x")
    config = load_config(data, file="config.json", environ={}, check_plugins=False).config
    assert [user.username for user in config.users] == usernames
    for name in reversed(usernames):
        data = remove_user(data, name, client_id="x")
    assert data == empty


@given(st.dictionaries(st.text(max_size=3), st.lists(st.integers(), max_size=3), max_size=4), layouts)
@settings(max_examples=50)
def test_an_edit_changes_nothing_else(other: dict[str, list[int]], indent: int | str | None) -> None:
    user = {"x": 1, "username": "a", "token": "first", "y": {"z": [2, 3]}}
    text = json.dumps({**other, "users": [user, {"username": "b"}], "after": other}, indent=indent) + "\n"
    assert set_token(text.encode(), "a", "second").decode() == text.replace('"first"', '"second"')
