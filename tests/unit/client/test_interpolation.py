from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databus.client.interpolation import escaped, has_reference, interpolate, unescaped

texts = st.text() | st.text(alphabet="${}:-aA_/.", max_size=30)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True)


def _only_reason(text: str) -> str:
    found = interpolate({"a": [text]}, {})
    assert found.value == {"a": [text]}
    ((place, reason),) = found.problems
    assert place == ("a", 0)
    return reason


def test_variables_are_put_in_anywhere() -> None:
    found = interpolate({"a": ["x${ONE}y${TWO}z", 5, None, True]}, {"ONE": "1", "TWO": "2"})
    assert found.value == {"a": ["x1y2z", 5, None, True]}
    assert found.secrets == {"1", "2"}
    assert found.problems == []


def test_keys_are_left_as_they_are() -> None:
    assert interpolate({"${A}": "x"}, {"A": "1"}).value == {"${A}": "x"}


@pytest.mark.parametrize("environ", [{}, {"HOST": ""}])
def test_a_default_takes_the_place_of_an_unset_or_empty_variable(environ: dict[str, str]) -> None:
    found = interpolate("${HOST:-db:5432/x-y}", environ)
    assert found.value == "db:5432/x-y"
    assert found.secrets == set()


def test_a_default_may_be_empty() -> None:
    assert interpolate("<${HOST:-}>", {}).value == "<>"


def test_a_set_variable_wins_over_the_default() -> None:
    assert interpolate("${HOST:-here}", {"HOST": "there"}).value == "there"


def test_an_empty_variable_without_default_is_empty_and_no_secret() -> None:
    found = interpolate("${HOST}", {"HOST": ""})
    assert (found.value, found.secrets, found.problems) == ("", set(), [])


def test_a_value_is_not_read_for_references_again() -> None:
    assert interpolate("${A}", {"A": "${B}", "B": "no"}).value == "${B}"


def test_a_file_gives_its_content_without_the_line_ends_at_its_end(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes("  päss\nword\r\n\n".encode())
    found = interpolate(f"${{file:{secret}}}", {})
    assert found.value == "  päss\nword"
    assert found.secrets == {"  päss\nword"}


def test_a_relative_file_is_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("here")
    monkeypatch.chdir(tmp_path)
    assert interpolate("${file:secret}", {}).value == "here"


def test_a_missing_variable_is_named() -> None:
    assert _only_reason("x ${NOPE}") == ("the environment variable NOPE is not set; set it, or write ${NOPE:-default}")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nope"
    assert _only_reason(f"${{file:{path}}}") == f"the file '{path}' cannot be read: No such file or directory"


@pytest.mark.parametrize("path", ["", "/", "\0", "x" * 5000])
def test_an_impossible_file_is_a_problem(path: str) -> None:
    assert "cannot be read" in _only_reason(f"${{file:{path}}}")


def test_a_file_without_end_is_a_problem() -> None:
    assert "larger than 1 MiB" in _only_reason("${file:/dev/zero}")


def test_a_binary_file_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "binary"
    path.write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in _only_reason(f"${{file:{path}}}")


@pytest.mark.parametrize("text", ["${", "${A", "a${", "$${} ${"])
def test_an_unclosed_reference_is_a_problem(text: str) -> None:
    assert _only_reason(text) == "a reference is not closed by }; write $${ for a literal ${"


@pytest.mark.parametrize("text", ["${}", "${1A}", "${A B}", "${A:default}", "${A-B}", "${A:-${B}}", "${FILE:/x}"])
def test_what_is_no_reference_is_a_problem(text: str) -> None:
    assert _only_reason(text).startswith("a reference is ${NAME}, ${NAME:-default} or ${file:/path}")


def test_all_problems_of_one_text_are_told() -> None:
    found = interpolate({"a": "${ONE} ${TWO}", "b": "${THREE}"}, {})
    assert [(place, reason.split()[3]) for place, reason in found.problems] == [
        (("a",), "ONE"),
        (("a",), "TWO"),
        (("b",), "THREE"),
    ]


@given(texts)
def test_an_escaped_text_is_read_as_it_is(text: str) -> None:
    found = interpolate(escaped(text), {})
    assert (found.value, found.problems, found.secrets) == (text, [], set())
    assert not has_reference(escaped(text))
    assert unescaped(escaped(text)) == text


@given(texts)
def test_a_text_without_references_is_unescaped(text: str) -> None:
    if not has_reference(text):
        assert interpolate(text, {}).value == unescaped(text)


@given(texts, st.dictionaries(names, st.text()))
def test_any_text_is_replaced_or_refused(text: str, environ: dict[str, str]) -> None:
    found = interpolate(text, environ)
    assert isinstance(found.value, str)
    if found.problems:
        assert found.value == text
        assert has_reference(text)


@given(st.lists(st.tuples(texts, names, st.text()), max_size=5), texts)
def test_references_between_literals(parts: list[tuple[str, str, str]], tail: str) -> None:
    environ = {name: value for _, name, value in parts}
    written = "".join(escaped(literal) + f"${{{name}}}" for literal, name, _ in parts) + escaped(tail)
    if any(literal.endswith("$") for literal, _, _ in parts):
        return  # "$" before a reference reads as the escape
    expected = "".join(literal + environ[name] for literal, name, _ in parts) + tail
    assert interpolate(written, environ).value == expected
