"""Edits of JSON text that leave everything else as its author wrote it: order, indentation, line ends."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from databus.client.json_text import Array, Member, Node, Object

_INDENT = re.compile(r"\n([ \t]+)\S")
_WHITE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``start`` to before ``end`` of a text."""

    start: int
    end: int
    replacement: str


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with edits made that do not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.replacement + text[edit.end :]
    return text


def replaced(node: Node, value: object) -> Edit:
    """Put a value in the place of another one, on one line."""
    return Edit(node.start, node.end, _one_line(value))


def unfolded(text: str, node: Node, value: object) -> Edit:
    """Put a value in the place of another one, on several lines where the text is laid out so."""
    content = _laid_out(value, _unit(text), f"\n{_margin(text, node.start)}")
    return Edit(node.start, node.end, _line_ends(text, content))


def appended(text: str, array: Array, value: object) -> Edit:
    """Add a value at the end of a list, laid out like the last one."""
    return _inserted(text, array, "", value)


def with_member(text: str, parent: Object, key: str, value: object) -> Edit:
    """Add a key at the end of an object that does not have it."""
    return _inserted(text, parent, f"{_one_line(key)}: ", value)


def removed(parent: Array | Object, index: int) -> Edit:
    """Take an item out of a list, or a key with its value out of an object, with its comma."""
    children = _children(parent)
    if index > 0:
        return Edit(children[index - 1].end, children[index].end, "")
    if len(children) > 1:
        return Edit(children[0].start, children[1].start, "")
    return Edit(parent.start + 1, parent.end - 1, "")


def _inserted(text: str, parent: Array | Object, lead: str, value: object) -> Edit:
    unit = _unit(text)
    if not _children(parent):
        margin = _margin(text, parent.start)
        outer, inner = (f"\n{margin}", f"\n{margin}{unit}") if unit else ("", "")
        content = inner + lead + _laid_out(value, unit, inner) + outer
        return Edit(parent.start + 1, parent.end - 1, _line_ends(text, content))
    last = _children(parent)[-1]
    gap = _gap(text, parent)
    like = last if isinstance(parent, Array) else parent
    several_lines = "\n" in text[like.start : like.end]
    content = "," + gap + lead + _laid_out(value, unit if several_lines else "", f"\n{_margin(text, last.start)}")
    return Edit(last.end, last.end, _line_ends(text, content))


def _children(parent: Array | Object) -> tuple[Node | Member, ...]:
    return parent.items if isinstance(parent, Array) else parent.members


def _gap(text: str, parent: Array | Object) -> str:
    """Return the white space before the last child, or a blank where an only child touches the bracket."""
    children = _children(parent)
    head = text[: children[-1].start]
    gap = head[len(head.rstrip(_WHITE)) :].replace("\r\n", "\n")
    return gap or (" " if len(children) == 1 else "")


def _unit(text: str) -> str:
    """Return what one level is indented by, or "" where everything stands on one line."""
    found = _INDENT.search(text)
    if found:
        return found.group(1)
    return "  " if "\n" in text.strip() else ""


def _margin(text: str, offset: int) -> str:
    """Return the white space at the beginning of the line of an offset."""
    line = text[text.rfind("\n", 0, offset) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _laid_out(value: object, unit: str, line_start: str) -> str:
    if not unit:
        return _one_line(value)
    return json.dumps(value, ensure_ascii=False, indent=unit).replace("\n", line_start)


def _one_line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _line_ends(text: str, content: str) -> str:
    return content.replace("\n", "\r\n") if "\r\n" in text else content
