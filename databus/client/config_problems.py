"""What pydantic finds wrong, in plain words: place and reason with the remedy."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from databus.client.json_text import Place

_EXPECTED = {
    "string_type": "text in double quotes",
    "string_sub_type": "text in double quotes",
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list [ ]",
    "tuple_type": "a list [ ]",
    "set_type": "a list [ ]",
    "dict_type": "an object { }",
    "model_type": "an object { }",
    "model_attributes_type": "an object { }",
    "finite_number": "a finite number",
    "datetime_type": "a time such as 2027-01-01T00:00:00Z",
    "datetime_parsing": "a time such as 2027-01-01T00:00:00Z",
    "datetime_from_date_parsing": "a time such as 2027-01-01T00:00:00Z",
    "timezone_aware": "a time with its zone, such as 2027-01-01T00:00:00Z",
}
_BOUNDS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}

_ABSENT = object()


def validation_problems(
    error: ValidationError, model: type[BaseModel], document: object
) -> Iterator[tuple[Place, str]]:
    """Give place and reason of everything that a model refused in a JSON document."""
    for detail in error.errors(include_url=False):
        yield _place(detail, document), plain_reason(detail, model)


def _place(detail: ErrorDetails, document: object) -> Place:
    """Return where it stands in the document: without pydantic's own marks, and not inside of a plain text."""
    place: list[str | int] = []
    for part in detail["loc"]:
        inner = _inner(document, part)
        if inner is not _ABSENT:
            document = inner
            place.append(part)
    if detail["type"] == "missing":
        place.append(detail["loc"][-1])
    return tuple(place)


def _inner(document: object, part: str | int) -> object:
    if isinstance(document, dict):
        return document.get(part, _ABSENT)
    if isinstance(document, list) and isinstance(part, int) and part < len(document):
        return document[part]
    return _ABSENT


def plain_reason(detail: ErrorDetails, model: type[BaseModel] | None = None) -> str:
    """Return what is wrong and what would be right.

    Args:
        model: Of what was refused, where its keys are to be named.
    """
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {_found(detail['input'])}"
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"must be {words} {context[key]:g}"
    special = _SPECIAL.get(kind)
    return special(detail, model, context) if special else detail["msg"]


def _unknown(detail: ErrorDetails, model: type[BaseModel] | None, _: Mapping[str, Any]) -> str:
    *parent, key = detail["loc"]
    known = _known_keys(model, tuple(parent))
    near = get_close_matches(str(key), known, n=1)
    if near:
        return f"unknown key; did you mean {near[0]!r}?"
    return f"unknown key; known here: {', '.join(known)}" if known else "unknown key; take it out"


def _choice(detail: ErrorDetails, _: type[BaseModel] | None, context: Mapping[str, Any]) -> str:
    found = detail["input"]
    return f"must be {context['expected']}" + ("" if isinstance(found, str) else f", found {_found(found)}")


def _too_short(_detail: ErrorDetails, _model: type[BaseModel] | None, context: Mapping[str, Any]) -> str:
    least = context["min_length"]
    return "must not be empty" if least == 1 else f"must have at least {least} characters"


_SPECIAL: dict[str, Callable[[ErrorDetails, type[BaseModel] | None, Mapping[str, Any]], str]] = {
    "missing": lambda *_: "is missing; it must be given",
    "string_unicode": lambda *_: "there is half a character in this text, such as \\ud800; write it anew",
    "extra_forbidden": _unknown,
    "literal_error": _choice,
    "enum": _choice,
    "string_too_short": _too_short,
    "string_too_long": lambda _detail, _model, context: f"must have at most {context['max_length']} characters",
    "too_long": lambda _detail, _model, context: f"must have at most {context['max_length']} items",
    "json_invalid": lambda _detail, _model, context: f"this is not JSON: {context['error']}",
    "value_error": lambda _detail, _model, context: str(context["error"]),
}


def _found(value: object) -> str:
    """Name the kind of a value and not the value itself, which may be a secret."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not isfinite(value):
        return "one that is too large"
    names: dict[type, str] = {str: "text", dict: "an object", list: "a list"}
    return names.get(type(value), "a number")


def _known_keys(model: type[BaseModel] | None, place: Place) -> list[str]:
    """Return the keys that the model at a place takes; none where the place leads to no one model."""
    at: Any = model
    for part in place:
        if isinstance(part, int) and get_origin(at) is list:
            at = get_args(at)[0]
        elif isinstance(part, str) and _is_model(at):
            at = _annotation(at, part)
        else:
            return []
    return list(_fields(at)) if _is_model(at) else []


def _annotation(model: type[BaseModel], key: str) -> Any:
    annotation = _fields(model).get(key)
    models = [choice for choice in get_args(annotation) if _is_model(choice)]
    return annotation if get_origin(annotation) is list or not models else models[0]


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
