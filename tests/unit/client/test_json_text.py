import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databus.client.json_text import (
    Array,
    JsonSyntaxError,
    Node,
    Object,
    Scalar,
    duplicate_keys,
    parse,
    place_text,
    plain,
    position,
)

documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
layouts = st.sampled_from([None, 0, 2, 4, "\t"])
mutations = st.text(alphabet="{}[]\",:\\ \n01-.eEtrufalsn/#'NIyx", max_size=3)


def _leaves(node: Node) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    inner = node.items if isinstance(node, Array) else [member.value for member in node.members]
    return [leaf for child in inner for leaf in _leaves(child)]


def _fails_in_the_standard_library(text: str) -> bool:
    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return True
    return False


@given(documents, layouts, st.booleans())
def test_reads_what_the_standard_library_reads(document: object, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    assert plain(parse(text)) == document
    assert plain(parse("\ufeff" + text)) == document


@given(documents, layouts)
def test_each_value_stands_where_the_tree_says(document: object, indent: int | str | None) -> None:
    text = json.dumps(document, indent=indent)
    for leaf in _leaves(parse(text)):
        assert json.loads(text[leaf.start : leaf.end]) == leaf.value


@given(documents, mutations, st.integers(0, 10_000), st.integers(0, 3))
def test_refuses_exactly_what_the_standard_library_refuses(
    document: object, inserted: str, where: int, removed: int
) -> None:
    text = json.dumps(document)
    at = where % (len(text) + 1)
    broken = text[:at] + inserted + text[at + removed :]
    try:
        read = plain(parse(broken))
    except JsonSyntaxError as error:
        assert _fails_in_the_standard_library(broken)
        assert min(error.line, error.column) >= 1  # noqa: PT017 - whether it raises depends on the text
    else:
        assert read == json.loads(broken)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except JsonSyntaxError:
        assert _fails_in_the_standard_library(text)


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("", 1, 1, "expected a value, but the text ends here"),
        ('{"a": 1', 1, 8, "expected a comma or }, but the text ends here"),
        ('{\n  "a": 1\n  "b": 2\n}', 3, 3, "expected a comma or }, here stands '\"'"),
        ('{"a": 1,}', 1, 8, "this comma is one too many before }"),
        ("[1, 2,]", 1, 6, "this comma is one too many before ]"),
        ("{'a': 1}", 1, 2, 'expected a key in double quotes, here stands "\'" (text stands in double quotes)'),
        ("{a: 1}", 1, 2, "expected a key in double quotes, here stands 'a'"),
        ('{"a" 1}', 1, 6, "expected a colon after the key, here stands '1'"),
        ('{"a": True}', 1, 7, "expected a value, here stands 'True' (write true)"),
        ('{"a": NaN}', 1, 7, "expected a value, here stands 'NaN' (JSON has no such number)"),
        ('{"a": -Infinity}', 1, 7, "expected a value, here stands '-'"),
        ("// hello\n{}", 1, 1, "expected a value, here stands '/' (JSON has no comments)"),
        ('{"a": 1} {', 1, 10, "the document ends before this, here stands '{'"),
        ('{"a": "x', 1, 7, "this text is not closed by a double quote"),
        ('{"a": "C:\\Users"}', 1, 10, "this is no valid escape; write \\\\ for a backslash"),
        (
            '{"a": "x\ny"}',
            1,
            9,
            "a line break or control character cannot stand in a text; write it as an escape such as \\n",
        ),
    ],
)
def test_an_error_says_where_and_what(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(JsonSyntaxError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column, str(caught.value)) == (line, column, reason)


def test_nesting_has_an_end() -> None:
    assert parse("[" * 100 + "]" * 100)
    with pytest.raises(JsonSyntaxError, match="nested more than 100 deep"):
        parse("[" * 100_000 + "]" * 100_000)


def test_a_number_of_five_thousand_digits_is_a_float() -> None:
    assert plain(parse("9" * 5000)) == float("inf")


def test_duplicate_keys_are_found_at_every_depth() -> None:
    text = '{"a": [{"b": 1,\n"b": 2}], "c": 1, "c": 2}'
    found = [(place_text(place), position(text, offset)[0]) for place, offset in duplicate_keys(parse(text))]
    assert found == [("a[0].b", 2), ("c", 2)]


def test_of_a_duplicate_key_the_last_value_counts() -> None:
    root = parse('{"a": 1, "a": 2}')
    assert isinstance(root, Object)
    value = root.get("a")
    assert isinstance(value, Scalar)
    assert value.value == 2
    assert root.get("b") is None


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ((), ""),
        (("passengers", 0, "pullers", 1), "passengers[0].pullers[1]"),
        ((0,), "[0]"),
        (("a b", "c.d"), "['a b']['c.d']"),
        (("settings", "$schema"), "settings.$schema"),
    ],
)
def test_a_place_reads_as_people_write_it(place: tuple[str | int, ...], text: str) -> None:
    assert place_text(place) == text
