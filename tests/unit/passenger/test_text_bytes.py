"""Nothing is lost between text and bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databus.passenger.text_bytes import bytes_to_text, text_to_bytes


@given(st.binary())
def test_bytes_come_back_exactly(content: bytes) -> None:
    assert text_to_bytes(bytes_to_text(content)) == content


@given(st.text())
def test_text_comes_back_exactly(text: str) -> None:
    assert bytes_to_text(text_to_bytes(text)) == text


@given(st.text(st.characters(categories=("Cs", "Lu"))))
def test_text_with_lone_surrogates_always_has_bytes(text: str) -> None:
    content = text_to_bytes(text)
    assert text_to_bytes(bytes_to_text(content)) == content


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        ("é€😀".encode(), "é€😀"),
        (b"\xff", "\udcff"),
        (b"a\xed\xa0\x80", "a\ud800"),
        (b"\xed\xb2\x80", "\udced\udcb2\udc80"),
        (b"\xed\xa0\x80\xff", "\udced\udca0\udc80\udcff"),
        (b"\xef\xbb\xbfa", "\ufeffa"),
    ],
)
def test_odd_bytes_have_their_text(content: bytes, text: str) -> None:
    assert bytes_to_text(content) == text
    assert text_to_bytes(text) == content
