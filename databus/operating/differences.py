"""What differs between two texts, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

CONTEXT = 3
"""Lines that are shown around each change."""

MOST_COMPARED = 2_000_000
"""Pairs of lines: where there are more, a changed region is shown as a whole, because comparing would take minutes."""

Block = tuple[str, int, int, int, int]


class LineKind(StrEnum):
    """What a line of a difference is."""

    PLACE = "place"
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


_MARKS = {LineKind.PLACE: "", LineKind.SAME: " ", LineKind.REMOVED: "-", LineKind.ADDED: "+"}


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference."""

    kind: LineKind
    text: str

    @property
    def marked(self) -> str:
        """The line as a unified diff has it."""
        return _MARKS[self.kind] + self.text


def difference(before: str, after: str) -> list[DiffLine]:
    """Return the changed lines with those around them; nothing where only line ends differ."""
    old, new = _lines(before), _lines(after)
    return [line for group in _groups(old, new) for line in _shown(group, old, new)]


def counts(lines: list[DiffLine]) -> str:
    """Return how much a difference is, in words."""
    added = sum(line.kind is LineKind.ADDED for line in lines)
    removed = sum(line.kind is LineKind.REMOVED for line in lines)
    return f"{added} {'line' if added == 1 else 'lines'} added, {removed} removed"


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _groups(old: list[str], new: list[str]) -> Iterator[list[Block]]:
    """Yield groups of blocks, as ``SequenceMatcher.get_grouped_opcodes`` does, of texts that may be large."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    first, last_old, last_new = max(head - CONTEXT, 0), len(old) - tail, len(new) - tail
    if first == last_old == last_new or (head == last_old and head == last_new):
        return
    around = min(tail, CONTEXT)
    shown_old, shown_new = old[first : last_old + around], new[first : last_new + around]
    if (last_old - head) * (last_new - head) > MOST_COMPARED:
        yield [
            ("equal", first, head, first, head),
            ("replace", head, last_old, head, last_new),
            ("equal", last_old, last_old + around, last_new, last_new + around),
        ]
        return
    for group in SequenceMatcher(None, shown_old, shown_new).get_grouped_opcodes(CONTEXT):
        yield [(tag, a + first, b + first, c + first, d + first) for tag, a, b, c, d in group]


def _common(old: list[str], new: list[str]) -> int:
    """Return how many lines at the beginning are the same."""
    for index, (one, other) in enumerate(zip(old, new, strict=False)):
        if one != other:
            return index
    return min(len(old), len(new))


def _shown(group: list[Block], old: list[str], new: list[str]) -> Iterator[DiffLine]:
    (_, a, _, c, _), (_, _, b, _, d) = group[0], group[-1]
    yield DiffLine(LineKind.PLACE, f"@@ -{a + 1},{b - a} +{c + 1},{d - c} @@")
    for tag, a1, a2, b1, b2 in group:
        if tag == "equal":
            yield from (DiffLine(LineKind.SAME, line) for line in old[a1:a2])
            continue
        yield from (DiffLine(LineKind.REMOVED, line) for line in old[a1:a2])
        yield from (DiffLine(LineKind.ADDED, line) for line in new[b1:b2])
