"""Which references to the environment and to files a text has that those before it did not have: see ADR 0012."""

import re
from collections.abc import Iterable, Iterator

from databus.client.config_loader import parse_config
from databus.client.interpolation import references
from databus.client.json_text import Array, Node, Object, place_text
from databus.database.records import CONFIG
from databus.errors import ConfigError
from databus.operating.customizing import Customizing

LOOKED_AT = 50
"""Earlier versions among which the newest that is JSON is looked for."""

_IN_BROKEN_TEXT = re.compile(r"(?:\$|\\u0024)(?:\{|\\u007b)[^}\"]{0,100}", re.IGNORECASE)

Kept = tuple[tuple[str, ...], str]
"""The keys that lead to a text, without the numbers of lists, and a reference in it."""


def new_references(document: Customizing, content: bytes) -> list[str]:
    """Return the references of a text that its document did not have under the same keys.

    What they are compared with is the newest version that is JSON. In a text that is not JSON all are new: nobody can
    tell what another reader takes it for.
    """
    found = _references(content)
    if found is None:
        text = content.decode("utf-8", "replace")
        return sorted({match.group() for match in _IN_BROKEN_TEXT.finditer(text)})
    allowed = next((kept for kept in map(_references, _versions(document)) if kept is not None), set())
    return sorted(f"{reference} in {place_text(keys)}" for keys, reference in found - allowed)


def _versions(document: Customizing) -> Iterator[bytes]:
    yield document.read().content
    for earlier in document.history()[:LOOKED_AT]:
        yield document.read(earlier.version).content


def _references(content: bytes) -> set[Kept] | None:
    """Return the references of a configuration; None where it is not JSON."""
    try:
        root = parse_config(content, file=CONFIG)
    except ConfigError:
        return None
    return {(keys, each) for keys, text in _texts(root, ()) for each in references(text)}


def _texts(node: Node, keys: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], str]]:
    if isinstance(node, Object):
        for member in node.members:
            yield from _texts(member.value, (*keys, member.key))
    elif isinstance(node, Array):
        for item in node.items:
            yield from _texts(item, keys)
    elif isinstance(node.value, str):
        yield keys, node.value
