"""What differs between two texts."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databus.operating import differences
from databus.operating.differences import LineKind, counts, difference

TEXTS = st.lists(st.sampled_from(["a", "b", "", "  c"]), max_size=30).map(
    lambda lines: "".join(f"{x}\n" for x in lines)
)


def _sides(before: str, after: str) -> tuple[list[str], list[str]]:
    lines = difference(before, after)
    old = [line.text for line in lines if line.kind in (LineKind.SAME, LineKind.REMOVED)]
    new = [line.text for line in lines if line.kind in (LineKind.SAME, LineKind.ADDED)]
    return old, new


@given(TEXTS, TEXTS)
def test_places_and_lines_tell_where_each_side_has_what(before: str, after: str) -> None:
    old, new = before.splitlines(), after.splitlines()
    for line in (lines := difference(before, after)):
        if line.kind is LineKind.PLACE:
            a, n, b, m = (int(part) for part in line.text.strip("@ -").replace(" +", ",").split(","))
            at = lines.index(line) + 1
            group = [each for each in lines[at : at + n + m] if each.kind is not LineKind.PLACE]
            shown_old = [each.text for each in group if each.kind is not LineKind.ADDED][:n]
            shown_new = [each.text for each in group if each.kind is not LineKind.REMOVED][:m]
            assert shown_old == old[a - 1 : a - 1 + n]
            assert shown_new == new[b - 1 : b - 1 + m]
    removed = sum(line.kind is LineKind.REMOVED for line in lines)
    added = sum(line.kind is LineKind.ADDED for line in lines)
    assert len(old) - removed + added == len(new)
    assert (lines == []) == (old == new)


def test_a_change_is_shown_with_three_lines_around_it() -> None:
    before = "".join(f"{number}\n" for number in range(20))
    lines = difference(before, before.replace("10\n", "ten\n"))
    assert [line.marked for line in lines] == [
        "@@ -8,7 +8,7 @@", " 7", " 8", " 9", "-10", "+ten", " 11", " 12", " 13",
    ]  # fmt: skip
    assert counts(lines) == "1 line added, 1 removed"


def test_line_ends_are_no_difference() -> None:
    assert difference("a\r\nb\r\n", "a\nb") == []


@pytest.mark.parametrize(
    ("before", "after"), [("", "a\n"), ("a\n", ""), ("a\n", "b\n"), ("a\nb\n", "b\n"), ("b\n", "a\nb\n")]
)
def test_ends_of_texts(before: str, after: str) -> None:
    assert _sides(before, after) == (before.splitlines(), after.splitlines())


def test_what_is_too_large_to_be_compared_is_shown_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "MOST_COMPARED", 3)
    lines = difference("0\n1\n2\n3\n9\n", "0\n3\n2\n1\n9\n")
    assert "".join(line.marked[0] for line in lines) == "@ ---+++ "


def test_large_texts_are_compared_in_time() -> None:
    began = time.monotonic()
    difference("x\n\n" * 100_000, "y\n\n" * 100_000)
    difference("x\n" + "\n" * 1_000, "y\n" + "\n" * 1_300 + "z\n")
    assert time.monotonic() - began < 60
