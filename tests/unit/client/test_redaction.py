from hypothesis import given
from hypothesis import strategies as st

from databus.client.redaction import redact


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
