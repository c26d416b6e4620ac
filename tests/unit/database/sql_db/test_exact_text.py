"""Every text comes back as it was, and is found by its parts."""

import sqlite3
import string
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Text, literal, select
from sqlalchemy.dialects import sqlite

from databus.database.sql_db import exact_text
from databus.database.sql_db.containing import contains

ODD = "ab %_![]\\\n\r\0 \ud800\udfff\U0010f000\U0010f800\U0010f801\U0010f802\U0010f803\U0010fffd\U0010ffff"

TEXTS = st.text(st.characters() | st.sampled_from(ODD) | st.characters(categories=["Cs"]), max_size=20)
LONG = st.integers(0, 300).flatmap(lambda length: TEXTS.map(lambda text: (text + "x") * length))


@given(TEXTS)
def test_what_is_written_is_read(text: str) -> None:
    written = exact_text.write(text)
    assert exact_text.read(written) == text
    assert exact_text.read(exact_text.unjoined(written)) == text


@given(TEXTS)
def test_what_is_written_is_what_every_server_keeps(text: str) -> None:
    written = exact_text.write(text)
    assert "\0" not in written
    assert not written.endswith(" ")
    written.encode()  # no surrogate is left
    assert not any(joined in exact_text.unjoined(written) for joined in ("\\\n", "\\\r"))


@given(TEXTS)
def test_usual_texts_stay_as_they_are(text: str) -> None:
    usual = "".join(character for character in text if character in string.printable).rstrip(" ")
    assert exact_text.write(usual) == usual


@given(st.lists(st.none() | LONG | st.sampled_from(["", "plain", " plain", "two words", "a\nb", "a \nb"]), max_size=4))
@example(["x" * 100])
@example(["x" * 101])
@example(["a ", "b"])
def test_texts_that_are_kept_are_written_as_they_are(texts: list[str | None]) -> None:
    if exact_text.are_kept(texts):
        assert [exact_text.write(text or "") for text in texts] == texts
        assert [exact_text.key(text or "") for text in texts] == texts


@pytest.mark.parametrize("texts", [[], ["", "plain", " plain", "two words"], ["a\nb"], ["x" * 100]])
def test_usual_texts_are_kept(texts: list[str]) -> None:
    assert exact_text.are_kept(texts)


@given(LONG, LONG)
@example("x" * 101, "x" * 102)
@example("a", "a ")
def test_two_texts_have_two_keys(one: str, other: str) -> None:
    assert (exact_text.key(one) == exact_text.key(other)) == (one == other)


@given(LONG)
@example("\U0010f802")
@example("x" * 59 + "\U0010f802" * 60)
def test_a_key_fits_into_its_column(text: str) -> None:
    key = exact_text.key(text)
    assert len(key.encode("utf-16-le")) // 2 <= exact_text.LONGEST_KEY
    assert exact_text.is_cut_key(key) == exact_text.is_cut(text)
    assert exact_text.is_cut(text) or exact_text.read(key) == text


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA case_sensitive_like = on")
        yield connection


@given(TEXTS, st.data())
def test_a_pattern_finds_what_contains_a_part(connection: sqlite3.Connection, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    inside = text[start : start + data.draw(st.integers(1, 5))]
    part = data.draw(st.sampled_from([inside or "a"]) | TEXTS.filter(bool))
    condition = contains(literal(exact_text.write(text), Text()), part)
    statement = select(condition).compile(dialect=sqlite.dialect())
    values = [statement.params[name] for name in statement.positiontup or []]
    (found,) = connection.execute(str(statement), values).fetchone()
    assert bool(found) == (part in text)


@given(TEXTS, TEXTS)
def test_a_beginning_stands_at_the_beginning(text: str, beginning: str) -> None:
    written = exact_text.write(beginning + text)
    assert not text or written.startswith(exact_text.inner(beginning))
