"""JSON as a tree."""

import json

from databus.operating.preview.records import Kind
from databus.operating.preview.room import LETTERS
from databus.operating.preview.samples import MEDIUM
from tests.unit.operating.preview.looked import looked, outline, size_of


def test_json_is_a_tree_in_which_all_is_as_it_is_written() -> None:
    shown = looked("a.JSON", '{"b": [1, 2.500000000000000000010, "x"], "a": null, "a": {}, "n": NaN}')
    assert shown.kind is Kind.JSON
    assert outline(shown.tree) == [
        ("{ 4 }", [("b [ 3 ]", ["0 1", "1 2.500000000000000000010", '2 "x"']), "a null", "a { 0 }", "n NaN"])
    ]
    assert not shown.notes


def test_a_number_of_any_length_is_shown() -> None:
    assert looked("a.json", "1" * 10_000).tree[0].value.startswith("1111")


def test_what_is_no_json_is_text_with_the_reason() -> None:
    shown = looked("a.json", '{"a": }')
    assert (shown.kind, shown.text) == (Kind.TEXT, '{"a": }')
    assert shown.notes == ["It is not JSON: Expecting value: line 1 column 7 (char 6)."]


def test_json_nested_without_end_is_text() -> None:
    shown = looked("a.json", "[" * 100_000)
    assert shown.text is not None
    assert shown.notes[0] == "It is nested too deeply to be shown as a tree."


def test_depth_is_cut() -> None:
    shown = looked("a.json", "[" * 100 + "]" * 100)
    assert shown.notes == ["This is its beginning; the download has all."]
    depth, nodes = 0, shown.tree
    while nodes:
        depth, nodes = depth + 1, nodes[0].children
    assert depth == 21


def test_many_members_and_long_texts_are_cut() -> None:
    many = looked("a.json", json.dumps({f"key {at}": "x" * 1000 for at in range(900)}))
    assert many.notes == ["This is its beginning; the download has all."]
    assert size_of(many) < 3 * LETTERS
    assert len(looked("a.json", json.dumps([0] * 100_000)).tree[0].children) == 1000


def test_json_that_is_too_large_is_text() -> None:
    shown = looked("a.json", json.dumps(["x" * 100] * (MEDIUM // 100)))
    assert shown.notes == [
        "It is too large to be shown as a tree.",
        "This is its beginning; the download has all.",
    ]
    assert shown.text is not None
    assert len(shown.text) == 64 * 2**10
