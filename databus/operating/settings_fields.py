"""The settings of a plug-in as a form: fields made of its model, what stands in them, and what somebody made of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from databus.client.json_text import JsonSyntaxError, parse, plain
from databus.errors import DatabusError

if TYPE_CHECKING:  # heavy: whoever has a model has imported it
    from pydantic import BaseModel

EMPTY_LIST = "[]"
"""How a list that is empty, and not left to its default, is typed."""

_NOTHING: list[object] = [None, "", [], {}]
"""Defaults that need not be told."""

_NUMBERS = frozenset({"integer", "number"})

Schema = Mapping[str, Any]


class FieldKind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a kind, no secret
    NUMBER = "number"
    CHOICE = "choice"
    LINES = "lines"
    FREE = "free"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsField:
    """A field of a form.

    Attributes:
        key: The setting.
        default: What it is where nothing is typed, as it would be typed.
        choices: What may be chosen of a CHOICE, as JSON; suggestions for a FREE one, as text.
        value: What stands in it; empty where the configuration says nothing.
    """

    key: str
    kind: FieldKind
    description: str
    is_required: bool
    default: str
    choices: list[str] = field(default_factory=list)
    value: str = ""

    @property
    def has_reference(self) -> bool:
        """Whether what stands in it refers to something else, so that it may be seen."""
        return "${" in self.value


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """What somebody has changed: settings to write, and those to take out."""

    given: dict[str, object]
    taken: list[str]


def settings_fields(model: "type[BaseModel]", settings: Mapping[str, object]) -> list[SettingsField]:
    """Return the fields of a model, filled with the settings as they stand in a configuration."""
    schema = model.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    properties = schema.get("properties", {})
    return [_field(key, each, schema, settings, is_required=key in required) for key, each in properties.items()]


def settings_change(fields: list[SettingsField], typed: Mapping[str, str]) -> SettingsChange:
    """Return what differs between a form as it was shown and as it came back.

    What was not touched stays as it is written, also where a form could not say it.

    Raises:
        DatabusError: What was typed into a field for JSON is none.
    """
    change = SettingsChange({}, [])
    for each in fields:
        text = _lines(typed.get(each.key, each.value))
        if text == _lines(each.value):
            continue
        if text.strip():
            change.given[each.key] = _value(each, text)
        else:
            change.taken.append(each.key)
    return change


def _field(
    key: str, schema: Schema, root: Schema, settings: Mapping[str, object], *, is_required: bool
) -> SettingsField:
    variants = _variants(schema, root)
    kind = _fitting(_kind(variants), settings.get(key, ""))
    choices = [value for each in variants for value in _values(each)]
    texts = [_as_json(value) for value in choices] if kind is FieldKind.CHOICE else [str(value) for value in choices]
    value = _shown(kind, settings[key]) if key in settings else ""
    if kind is FieldKind.CHOICE and value and value not in texts:
        texts.append(value)
    default = schema.get("default")
    return SettingsField(
        key=key,
        kind=kind,
        description=str(schema.get("description", "")),
        is_required=is_required,
        default="" if default in _NOTHING else _shown(kind, default),
        choices=texts,
        value=value,
    )


def _variants(schema: Schema, root: Schema) -> list[Schema]:
    """Return the forms that a value may have, without null: leaving it out says the same."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return _variants(root.get("$defs", {}).get(name, {}), root)
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return [variant for each in schema[word] for variant in _variants(each, root)]
    return [] if schema.get("type") == "null" else [schema]


def _kind(variants: list[Schema]) -> FieldKind:
    types = {each.get("type") for each in variants}
    if variants and all(_values(each) for each in variants):
        return FieldKind.CHOICE
    if types and types <= _NUMBERS:
        return FieldKind.NUMBER
    if types == {"string"} and not any(_values(each) for each in variants):
        hidden = any(each.get("writeOnly") or each.get("format") == "password" for each in variants)
        return FieldKind.SECRET if hidden else FieldKind.TEXT
    if "string" in types:
        return FieldKind.FREE
    if types == {"array"} and all(each.get("items", {}).get("type") == "string" for each in variants):
        return FieldKind.LINES
    return FieldKind.JSON


def _values(schema: Schema) -> list[object]:
    if schema.get("type") == "boolean":
        return [True, False]
    return [schema["const"]] if "const" in schema else list(schema.get("enum", []))


def _fitting(kind: FieldKind, value: object) -> FieldKind:
    """Return how a field is filled in that has this value: lines only where each item is one."""
    if kind is not FieldKind.LINES or not value:
        return kind
    is_lines = isinstance(value, list) and all(isinstance(each, str) and _is_line(each) for each in value)
    return kind if is_lines else FieldKind.JSON


def _is_line(text: str) -> bool:
    return text == text.strip() and text not in ("", EMPTY_LIST) and text.splitlines() == [text]


def _shown(kind: FieldKind, value: object) -> str:
    if kind is FieldKind.LINES and isinstance(value, list):
        return "\n".join(map(str, value)) or EMPTY_LIST
    if kind is FieldKind.JSON:
        return json.dumps(value, indent=2, ensure_ascii=False)
    return value if isinstance(value, str) and kind is not FieldKind.CHOICE else _as_json(value)


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(field: SettingsField, text: str) -> object:
    """Return what somebody means by a text. What cannot be meant is left as text: the check tells what is wrong."""
    match field.kind:
        case FieldKind.NUMBER:
            number = _parsed(text)
            return number if isinstance(number, int | float) and not isinstance(number, bool) else text.strip()
        case FieldKind.LINES:
            return [] if text.strip() == EMPTY_LIST else [line.strip() for line in text.split("\n") if line.strip()]
        case FieldKind.FREE:
            structure = _parsed(text)
            return structure if isinstance(structure, list | dict) else text
        case FieldKind.JSON | FieldKind.CHOICE:
            return _json(field.key, text)
        case _:
            return text


def _parsed(text: str) -> object:
    try:
        return plain(parse(text))
    except JsonSyntaxError:
        return None


def _json(key: str, text: str) -> object:
    try:
        return plain(parse(text))
    except JsonSyntaxError as error:
        raise DatabusError(f"{key} is not JSON: line {error.line}, column {error.column}: {error}") from None


def _lines(text: str) -> str:
    """Return a text with the line ends that it has here; browsers send others."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
