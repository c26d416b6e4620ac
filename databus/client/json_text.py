"""JSON text as a tree that knows where each value stands, so that errors name places and edits keep the file as it is.

Reads exactly the JSON of RFC 8259: what Python's own reader takes beyond it (NaN, Infinity) is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder

Place = tuple[str | int, ...]
"""Keys and indexes that lead from the root of a document to a value."""

BOM = "\ufeff"
DEPTH = 100
"""How deep lists and objects may be nested."""

_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"\w{1,20}|.", re.DOTALL)
_PLAIN_KEY = re.compile(r"[\w$-]+")
_LONGEST_INTEGER = 18
_SAYINGS = {
    "'": "text stands in double quotes",
    "/": "JSON has no comments",
    "#": "JSON has no comments",
    "True": "write true",
    "False": "write false",
    "None": "write null, or leave the key out",
    "NaN": "JSON has no such number",
    "Infinity": "JSON has no such number",
}


class JsonSyntaxError(ValueError):
    """A text is not JSON; ``line`` and ``column`` count from 1, its text says what is wrong and what stands there."""

    def __init__(self, text: str, offset: int, reason: str) -> None:
        self.line, self.column = position(text, offset)
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text, a number, true, false or null, from ``start`` to before ``end`` of the text."""

    start: int
    end: int
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Array:
    """A list."""

    start: int
    end: int
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One key of an object and its value."""

    start: int
    key: str
    value: "Node"

    @property
    def end(self) -> int:
        """Where its value ends."""
        return self.value.end


@dataclass(frozen=True, slots=True)
class Object:
    """An object with its members in the order of the text; a key that stands there twice is here twice."""

    start: int
    end: int
    members: tuple[Member, ...]

    def get(self, key: str) -> "Node | None":
        """Return the value of a key (of the last, where it stands there twice)."""
        return next((member.value for member in reversed(self.members) if member.key == key), None)


Node = Scalar | Array | Object


def parse(text: str) -> Node:
    """Return the tree of a JSON text, which may begin with a byte order mark.

    Raises:
        JsonSyntaxError: It is not JSON.
    """
    reader = _Reader(text)
    start = 1 if text.startswith(BOM) else 0
    node = reader.value(reader.skip(start), 0)
    rest = reader.skip(node.end)
    if rest < len(text):
        raise reader.error(rest, "the document ends before this")
    return node


def plain(node: Node) -> object:
    """Return what the standard library's ``json.loads`` gives for it."""
    if isinstance(node, Object):
        return {member.key: plain(member.value) for member in node.members}
    if isinstance(node, Array):
        return [plain(item) for item in node.items]
    return node.value


def duplicate_keys(node: Node, place: Place = ()) -> Iterator[tuple[Place, int]]:
    """Give the place and the text offset of each key that stood in the same object before."""
    if isinstance(node, Object):
        seen = set()
        for member in node.members:
            inner = (*place, member.key)
            if member.key in seen:
                yield inner, member.start
            seen.add(member.key)
            yield from duplicate_keys(member.value, inner)
    elif isinstance(node, Array):
        for index, item in enumerate(node.items):
            yield from duplicate_keys(item, (*place, index))


def place_text(place: Place) -> str:
    """Return a place as people write it: ``passengers[0].pullers[1]``."""
    parts: list[str] = []
    for part in place:
        if isinstance(part, str) and _PLAIN_KEY.fullmatch(part):
            parts.append(f".{part}" if parts else part)
        else:
            parts.append(f"[{part!r}]")
    return "".join(parts)


def position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, counted from 1, of an offset in a text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


class _Reader:
    """Reads values at offsets; each method gives a node, whose ``end`` says where to go on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._decoder = JSONDecoder(parse_int=_integer)

    def skip(self, offset: int) -> int:
        found = _SPACE.match(self.text, offset)
        return found.end() if found else offset

    def error(self, offset: int, reason: str) -> JsonSyntaxError:
        found = _WORD.match(self.text, offset)
        if not found:
            return JsonSyntaxError(self.text, offset, f"{reason}, but the text ends here")
        word = found.group()
        saying = f" ({_SAYINGS[word]})" if word in _SAYINGS else ""
        return JsonSyntaxError(self.text, offset, f"{reason}, here stands {word!r}{saying}")

    def value(self, offset: int, depth: int) -> Node:
        first = self.text[offset : offset + 1]
        if first in ("{", "[") and depth == DEPTH:
            raise JsonSyntaxError(self.text, offset, f"lists and objects are nested more than {DEPTH} deep")
        if first == "{":
            return self._object(offset, depth + 1)
        if first == "[":
            return self._array(offset, depth + 1)
        return self._scalar(offset)

    def _object(self, start: int, depth: int) -> Object:
        members: list[Member] = []
        offset = self.skip(start + 1)
        while not (self._at(offset, "}") and not members):
            member = self._member(offset, depth)
            members.append(member)
            offset = self.skip(member.end)
            if self._at(offset, "}"):
                break
            offset = self._after_comma(offset, "}")
        return Object(start, offset + 1, tuple(members))

    def _member(self, start: int, depth: int) -> Member:
        if not self._at(start, '"'):
            raise self.error(start, "expected a key in double quotes")
        key = self._scalar(start)
        colon = self.skip(key.end)
        if not self._at(colon, ":"):
            raise self.error(colon, "expected a colon after the key")
        return Member(start, str(key.value), self.value(self.skip(colon + 1), depth))

    def _array(self, start: int, depth: int) -> Array:
        items: list[Node] = []
        offset = self.skip(start + 1)
        while not (self._at(offset, "]") and not items):
            item = self.value(offset, depth)
            items.append(item)
            offset = self.skip(item.end)
            if self._at(offset, "]"):
                break
            offset = self._after_comma(offset, "]")
        return Array(start, offset + 1, tuple(items))

    def _after_comma(self, offset: int, closing: str) -> int:
        if not self._at(offset, ","):
            raise self.error(offset, f"expected a comma or {closing}")
        following = self.skip(offset + 1)
        if self._at(following, closing):
            raise JsonSyntaxError(self.text, offset, f"this comma is one too many before {closing}")
        return following

    def _scalar(self, offset: int) -> Scalar:
        word = _WORD.match(self.text, offset)
        if not word or word.group() in ("NaN", "Infinity") or self.text.startswith("-Infinity", offset):
            raise self.error(offset, "expected a value")
        try:
            value, end = self._decoder.raw_decode(self.text, offset)
        except JSONDecodeError as error:
            if self._at(offset, '"'):
                raise JsonSyntaxError(self.text, error.pos, _string_reason(error)) from None
            raise self.error(offset, "expected a value") from None
        return Scalar(offset, end, value)

    def _at(self, offset: int, expected: str) -> bool:
        return self.text.startswith(expected, offset)


def _integer(digits: str) -> float:
    """Return an int, or a float where the digits are absurdly many: Python refuses to read those as an int."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


def _string_reason(error: JSONDecodeError) -> str:
    if error.msg.startswith("Unterminated"):
        return "this text is not closed by a double quote"
    if "control character" in error.msg:
        return "a line break or control character cannot stand in a text; write it as an escape such as \\n"
    return "this is no valid escape; write \\\\ for a backslash"
