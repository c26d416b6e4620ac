import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from databus.client.config_editing import hash_plain_passwords
from databus.client.passwords import hash_password, is_hashed, verify_password

HASH = hash_password("x")
OTHER = """\ufeff{ "passengers" : [ {"password": "stays"} ],\r
\t"users": [
  {"username": "a",   "password":"ge\\u0068eim\\n\\"",  "token": "t"},
  { "password" : "${PW}" }, {"password": "%s"}, {"password": ""}, {"password": 5}, {}, 7,
  {"password": "$${é"}, {"user": {"password": "stays"}}
  ] , "password": "stays"
}"""


def _users(data: bytes) -> list[Any]:
    users: list[Any] = json.loads(data.decode("utf-8-sig"))["users"]
    return users


def test_plain_passwords_are_replaced_and_every_other_byte_stays() -> None:
    text = OTHER % HASH
    hashed = hash_plain_passwords(text.encode())
    assert hashed is not None
    first, last = _users(hashed)[0]["password"], _users(hashed)[7]["password"]
    assert verify_password('geheim\n"', first)
    assert verify_password("${é", last)
    restored = hashed.decode().replace(first, 'ge\\u0068eim\\n\\"').replace(last, "$${é")
    assert restored == text
    assert hash_plain_passwords(hashed) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"{}",
        b'{"users": null}',
        b'{"users": {"password": "x"}}',
        b'{"users": [{"password": "${PW:-x}"}]}',
        b'{"users": [{"password": "a${"}]}',
        b'{"users": [{"Password": "x"}]}',
    ],
)
def test_where_there_is_nothing_to_do(data: bytes) -> None:
    assert hash_plain_passwords(data) is None


def test_a_password_that_stands_there_twice_is_hashed_twice() -> None:
    hashed = hash_plain_passwords(b'{"users": [{"password": "one", "password": "two"}]}')
    assert hashed is not None
    assert hashed.count(b"$argon2id$") == 2


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
passwords = st.text(min_size=1, max_size=8) | st.sampled_from(["${A}", "a${", HASH, "", "\ud800"])
users = st.lists(st.fixed_dictionaries({"password": passwords}, optional={"username": st.text()}), max_size=2)


@given(st.dictionaries(st.text(), values, max_size=3), users, st.sampled_from([None, 2, "\t"]), st.booleans())
@settings(max_examples=40)
def test_random_files_keep_every_other_byte(
    others: dict[str, Any], listed: list[dict[str, str]], indent: int | str | None, windows: bool
) -> None:
    text = json.dumps({**others, "users": listed, "more": others}, indent=indent)
    data = (text.replace("\n", "\r\n") if windows else text).encode()
    hashed = hash_plain_passwords(data)
    if hashed is None:
        assert all(not u["password"] or is_hashed(u["password"]) or "${" in u["password"] for u in listed)
        return
    restored = hashed
    for before, after in zip(listed, _users(hashed), strict=True):
        if before["password"] != after["password"]:
            assert verify_password(before["password"].replace("$${", "${"), after["password"])
            restored = restored.replace(
                json.dumps(after["password"]).encode(), json.dumps(before["password"]).encode(), 1
            )
    assert restored == data
    assert hash_plain_passwords(hashed) is None
