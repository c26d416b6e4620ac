import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from databus.client.passwords import (
    hash_password,
    hash_token,
    is_hashed,
    is_hashed_token,
    new_token,
    verify_password,
    verify_token,
)


@given(st.text(min_size=1))
@settings(max_examples=15, deadline=None)
def test_a_password_verifies_against_its_hash_only(password: str) -> None:
    stored = hash_password(password)
    assert is_hashed(stored)
    assert stored.startswith("$argon2id$")
    assert "${" not in stored
    assert verify_password(password, stored)
    assert not verify_password(password + "x", stored)


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("secret") != hash_password("secret")


def test_the_same_letters_in_another_unicode_form_are_the_same_password() -> None:
    assert verify_password("cafe\u0301", hash_password("caf\u00e9"))
    assert verify_password("cafe\u0301", "caf\u00e9")


def test_a_plain_password_verifies() -> None:
    assert verify_password("demo", "demo")
    assert not verify_password("demo", "dem")


def test_an_empty_password_is_never_right() -> None:
    assert not verify_password("", "")
    assert not verify_password("x", "")
    assert not verify_password("", hash_password("x"))
    with pytest.raises(ValueError, match="empty"):
        hash_password("")


def test_a_hash_is_no_password() -> None:
    stored = hash_password("secret")
    assert not verify_password(stored, stored)


@pytest.mark.parametrize(
    "stored", ["$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AA", "$argon2id$"]
)
def test_a_damaged_hash_is_never_right(stored: str) -> None:
    assert not verify_password("x", stored)


@pytest.mark.parametrize("stored", ["", "demo", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA\n"])
def test_what_is_no_hash(stored: str) -> None:
    assert not is_hashed(stored)


def test_tokens_are_long_random_and_stored_hashed() -> None:
    clear, stored = new_token()
    assert len(clear) >= 40
    assert stored == hash_token(clear)
    assert stored.startswith("sha256:")
    assert clear not in stored
    assert verify_token(clear, stored)
    assert not verify_token(new_token()[0], stored)
    assert is_hashed_token(stored)


def test_a_stored_token_is_no_token() -> None:
    stored = new_token()[1]
    assert not verify_token(stored, stored)


def test_a_token_of_databus_8_stays_valid() -> None:
    token = "267c598e-f994-11ea-9005-acde48001122"
    assert verify_token(token, token)
    assert not verify_token(token, token[:-1])
    assert not is_hashed_token(token)


def test_an_empty_token_is_never_right() -> None:
    assert not verify_token("", "")
    assert not verify_token("", hash_token(""))
    assert not verify_token("x", "")
