import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databus.client.redaction import redact

AWKWARD = [
    "pa'ss-word",
    'pa"ss-word',
    "pa'ss\"wo\\rd",
    "back\\slash",
    "tab\tand space",
    "übergeheim",
    "50% & more/less=?",
    "line 1 of it\nline 2 of it",
    "\udcffundecodable",
]
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw\nggSjAgEAAoIBAQ+/==\n-----END PRIVATE KEY-----"


def test_secrets_are_replaced_wherever_they_stand() -> None:
    assert redact("a hunter22 b hunter22", {"hunter22"}) == "a *** b ***"


def test_a_secret_that_holds_another_is_replaced_whole() -> None:
    assert redact("pass=secret-longer", {"secret", "secret-longer"}) == "pass=***"


def test_short_values_stay() -> None:
    assert redact("abc", {"abc", ""}) == "abc"


def test_without_secrets_the_very_text_comes_back() -> None:
    text = "a text"
    assert redact(text, frozenset()) is text


@given(st.text(), st.sets(st.text(alphabet="abcdef", min_size=4), max_size=5), st.text())
def test_no_secret_is_left(before: str, secrets: set[str], after: str) -> None:
    shown = redact(before + "".join(sorted(secrets)) + after, secrets)
    assert not any(secret in shown for secret in secrets)


@pytest.mark.parametrize("secret", AWKWARD)
def test_in_a_repr(secret: str) -> None:
    assert redact(str(KeyError(secret)), {secret})[1:-1] == "***"
    assert "***" in redact(repr(f'it\'s "{secret}"'), {secret})
    assert redact(repr({"password": secret})[14:-2], {secret}) == "***"


@pytest.mark.parametrize("secret", AWKWARD)
def test_as_bytes(secret: str) -> None:
    encoded = secret.encode("utf-8", "surrogatepass")
    assert redact(repr(encoded)[2:-1], {secret}) == "***"
    assert redact(repr(b"'\"" + encoded)[5:-1], {secret}) == "***"


@pytest.mark.parametrize("secret", AWKWARD)
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_in_json(secret: str, ensure_ascii: bool) -> None:
    assert redact(json.dumps([secret], ensure_ascii=ensure_ascii), {secret}) == '["***"]'


@pytest.mark.parametrize("secret", [each for each in AWKWARD if each.isprintable()])
def test_percent_encoded(secret: str) -> None:
    assert redact(f"https://me:{quote(secret, safe='')}@host", {secret}) == "https://me:***@host"
    assert redact(f"https://host/{quote(secret)}", {secret}) == "https://host/***"
    assert redact(urlencode({"key": secret}), {secret}) == "key=***"
    assert redact(quote_plus(secret), {secret}) == "***"


def test_lines_of_a_key_alone() -> None:
    _, first, second, _ = PEM.split("\n")
    assert redact(f"bad base64: {first}", {PEM}) == "bad base64: ***"
    assert redact(f"?key={quote(second, safe='')}", {PEM}) == "?key=***"
    assert redact(f"Traceback:\n    {PEM.replace(chr(10), chr(10) + '    ')}", {PEM}).split() == [
        "Traceback:",
        *4 * ["***"],
    ]


def test_short_lines_stay() -> None:
    assert redact("{ true }", {'{\n "a": "hidden-value",\n true\n}'}) == "{ true }"


def test_what_was_stripped() -> None:
    assert redact("login with hunter22", {"hunter22\n"}) == "login with ***"
    assert redact("abc", {" abc\n"}) == "abc"
