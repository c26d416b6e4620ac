"""JSON as a tree, with its numbers, its order and its repeated keys as they are written."""

import json
from typing import Any

from databus.operating.preview.records import Kind, Node, Preview
from databus.operating.preview.room import DEEPEST, Room
from databus.operating.preview.samples import Sample
from databus.operating.preview.texts import BEGINNING_ONLY, decoded, text_preview


class _Number(str):
    """A number as it is written: a float of Python has fewer digits."""

    __slots__ = ()


class _Members(list[tuple[str, Any]]):
    """An object: a dict would hide all but one of its members of one name."""


def json_preview(sample: Sample) -> Preview:
    """Show JSON; what is none, or is too large to be read whole, is shown as text."""
    if not sample.is_whole:
        return text_preview(sample, "It is too large to be shown as a tree.")
    found = decoded(sample.content)
    if found is None:
        return text_preview(sample)
    text, encoding = found
    try:
        read = json.loads(
            text, object_pairs_hook=_Members, parse_int=_Number, parse_float=_Number, parse_constant=_Number
        )
    except RecursionError:
        return text_preview(sample, "It is nested too deeply to be shown as a tree.")
    except ValueError as error:
        return text_preview(sample, f"It is not JSON: {error}.")
    room = Room()
    tree = [_node("", read, room, DEEPEST)]
    notes = [BEGINNING_ONLY] if room.is_cut else []
    return Preview(kind=Kind.JSON, facts=[("Encoding", encoding)], tree=tree, notes=notes)


def _node(name: str, value: Any, room: Room, depth: int) -> Node:
    if isinstance(value, _Members):
        return _branch(name, f"{{ {len(value):,} }}", value, room, depth)
    if isinstance(value, list):
        return _branch(name, f"[ {len(value):,} ]", [(str(at), each) for at, each in enumerate(value)], room, depth)
    # A number is a text already, and one that would fall under the quotes of json.dumps.
    written = value if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
    return Node(name=room.fitted(name), value=room.fitted(written))


def _branch(name: str, note: str, members: list[tuple[str, Any]], room: Room, depth: int) -> Node:
    node = Node(name=room.fitted(name), note=note)
    room.is_cut = room.is_cut or (bool(members) and not depth)
    for key, value in members if depth else []:
        if not room.take_piece():
            break
        node.children.append(_node(key, value, room, depth - 1))
    return node
