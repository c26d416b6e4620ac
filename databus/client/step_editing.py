"""Edits of a route's plug-ins in a config.json: bytes in, bytes out, and all that is not edited stays as it is.

All raise ``ConfigError`` where the file is not JSON, and ``DatabusError`` where it does not look like a configuration.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from databus.client.config_loader import CONFIG_FILE, config_text, parse_config
from databus.client.json_edit import Edit, appended, applied, removed, replaced, unfolded, with_member
from databus.client.json_text import Array, Node, Object, Place, place_text, plain
from databus.errors import DatabusError


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a plug-in of a route stands, or where a new one is added.

    Attributes:
        route: Number of the route.
        kind: One of ``config_rules.PLUGIN_KINDS``.
        index: Number of the plug-in; None for a new one at the end.
    """

    route: int
    kind: str
    index: int | None = None

    @property
    def plugins(self) -> Place:
        """The list that it stands in."""
        return ("passengers", self.route, self.kind)

    @property
    def place(self) -> Place:
        """The plug-in, or the list where it is new."""
        return self.plugins if self.index is None else (*self.plugins, self.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """What is to stand in a configuration of a plug-in.

    Attributes:
        name: Its name; empty for none.
        given: Settings to write.
        taken: Settings to take out.
    """

    module: str
    name: str = ""
    given: Mapping[str, object]
    taken: Iterable[str] = ()


def put_step(data: bytes, spot: Spot, change: StepChange) -> bytes:
    """Add a plug-in to a route, or change one."""
    text = _Text(data)
    if spot.index is None:
        _add(text, spot, _entry(change))
    elif isinstance(text.node(spot.place), Object):
        _change(text, spot.place, change)
    else:  # a bare name: the short form of an entry
        entry = _entry(change)
        text.edit(unfolded(text.text, text.node(spot.place), entry if len(entry) > 1 else change.module))
    return text.encoded()


def _entry(change: StepChange) -> dict[str, Any]:
    entry = {"module": change.module, "name": change.name, "settings": dict(change.given)}
    return {key: value for key, value in entry.items() if value}


def _add(text: "_Text", spot: Spot, entry: dict[str, Any]) -> None:
    *route, kind = spot.plugins
    plugins = text.inside(tuple(route)).get(str(kind))
    if plugins is None:
        text.edit(with_member(text.text, text.inside(tuple(route)), str(kind), [entry]))
    elif isinstance(plugins, Array):
        text.edit(appended(text.text, plugins, entry))
    else:
        raise DatabusError(f"{place_text(spot.plugins)} must be a list [ ]")


def _change(text: "_Text", place: Place, change: StepChange) -> None:
    text.put(place, "module", change.module)
    if change.name:
        text.put(place, "name", change.name)
    else:
        text.take(place, "name")
    if text.inside(place).get("settings") is None:
        if change.given:
            text.put(place, "settings", dict(change.given))
        return
    for key, value in change.given.items():
        text.put((*place, "settings"), key, value)
    for key in change.taken:
        text.take((*place, "settings"), key)


class _Text:
    """A configuration's text, edited step by step."""

    def __init__(self, data: bytes) -> None:
        parse_config(data, file=CONFIG_FILE)
        self.text = config_text(data)

    def node(self, place: Place) -> Node:
        """Return what stands at a place."""
        node: Node | None = parse_config(self.text.encode(), file=CONFIG_FILE)
        for part in place:
            if isinstance(node, Object) and isinstance(part, str):
                node = node.get(part)
            elif isinstance(node, Array) and isinstance(part, int) and part < len(node.items):
                node = node.items[part]
            else:
                node = None
        if node is None:
            raise DatabusError(f"{place_text(place)} is not there (any more)")
        return node

    def inside(self, place: Place) -> Object:
        """Return the object that stands at a place."""
        node = self.node(place)
        if not isinstance(node, Object):
            raise DatabusError(f"{place_text(place)} must be an object {{ }}")
        return node

    def put(self, place: Place, key: str, value: object) -> None:
        """Write a key of an object, if it is not so already."""
        parent = self.inside(place)
        node = parent.get(key)
        if node is None:
            self.edit(with_member(self.text, parent, key, value))
        elif plain(node) != value:
            self.edit(replaced(node, value))

    def take(self, place: Place, key: str) -> None:
        """Take a key out of an object, if it is there."""
        parent = self.inside(place)
        indexes = [index for index, member in enumerate(parent.members) if member.key == key]
        if indexes:
            self.edit(removed(parent, indexes[-1]))

    def edit(self, edit: Edit) -> None:
        """Make an edit."""
        self.text = applied(self.text, [edit])

    def encoded(self) -> bytes:
        """Return the content."""
        return self.text.encode("utf-8")
