"""What the records of the storage contract look like as JSON, built from their annotations alone.

A record becomes an object with its class's name, an enum its value, a time its ISO text, a timedelta its microseconds,
bytes base64. An attachment becomes its names and the number of its content, which travels beside the JSON.
"""

import types
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, BinaryIO, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue.outcome import Changes

RECORD = "record"
"""The key under which an object holds the name of its class."""

_SCALARS: dict[type, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    bytes: (lambda data: b64encode(data).decode(), b64decode),
    datetime: (datetime.isoformat, datetime.fromisoformat),
    timedelta: (lambda time: time // timedelta(microseconds=1), lambda count: timedelta(microseconds=count)),
}
_PLAIN = (bool, int, float, str, type(None))


class Content(Protocol):
    """The content of an attachment, on the side that received it."""

    @property
    def size(self) -> int:
        """In bytes."""

    def open(self) -> BinaryIO:
        """Return it as a stream at its beginning."""


Decoder = Callable[[Any, Sequence[Content]], Any]


def encode(value: object, contents: list[Attachment], owner: object = None) -> Any:
    """Return a value as JSON has it, and add to ``contents`` the attachments whose contents must travel with it.

    Args:
        owner: The record that holds the value. Only in ``Changes`` may an attachment refer to what is stored already.

    Raises:
        TypeError: There is no form for such a value.
    """
    if type(value) in _PLAIN:
        return value
    for known, (forth, _) in _SCALARS.items():
        if isinstance(value, known):
            return forth(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (str, int)):  # of a class of somebody's own
        return value
    if isinstance(value, Attachment):
        return _encode_attachment(value, contents, by_name=isinstance(owner, Changes))
    return _encode_compound(value, contents, owner)


def _encode_attachment(attachment: Attachment, contents: list[Attachment], *, by_name: bool) -> dict[str, Any]:
    number = None
    if not (by_name and attachment.stored_as is not None):
        number = len(contents)
        contents.append(attachment)
    return {
        "name": attachment.name,
        "format": attachment.format.value,
        "stored_as": attachment.stored_as,
        "content": number,
    }


def _encode_compound(value: object, contents: list[Attachment], owner: object) -> Any:
    if isinstance(value, Mapping):
        return {key: encode(item, contents) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [encode(item, contents, owner) for item in value]
    if isinstance(value, Struct):
        values = {name: encode(getattr(value, name), contents, value) for name in value.__struct_fields__}
        return {RECORD: type(value).__name__} | values
    raise TypeError(f"a {type(value).__name__} cannot be sent to another process")


@cache
def decoder(hint: Any) -> Decoder:
    """Return the function that makes a value of an annotated type from what ``encode`` made of it.

    The function raises ``ValueError``, ``TypeError`` or ``KeyError`` where it does not fit.

    Raises:
        TypeError: There is no form for such a type.
    """
    origin = get_origin(hint) or hint
    if origin in (Union, types.UnionType):
        return _decode_union(get_args(hint))
    if origin in _PLAIN:
        return _decode_plain(origin)
    if origin in _SCALARS:
        back = _SCALARS[origin][1]
        return lambda data, _: back(data)
    if origin is Attachment:
        return _decode_attachment
    return _compound_decoder(hint, origin)


def _compound_decoder(hint: Any, origin: Any) -> Decoder:
    if origin in (tuple, list, Sequence):
        return _decode_items(origin, get_args(hint))
    if origin in (dict, Mapping):
        item = decoder(get_args(hint)[1])
        return lambda data, contents: {key: item(value, contents) for key, value in data.items()}
    if isinstance(origin, type) and issubclass(origin, Enum):
        return lambda data, _: origin(data)
    if isinstance(origin, type) and issubclass(origin, Struct):
        return _decode_record(hint, origin)
    raise TypeError(f"{hint} cannot be received from another process")


def _decode_plain(expected: type) -> Decoder:
    def decode(data: Any, _: Sequence[Content]) -> Any:
        if not isinstance(data, expected):
            raise TypeError(f"{type(data).__name__} where {expected.__name__} belongs")
        return data

    return decode


def _decode_union(members: tuple[Any, ...]) -> Decoder:
    optional = type(None) in members
    records = {(get_origin(one) or one).__name__: decoder(one) for one in members if one is not type(None)}
    only = next(iter(records.values())) if len(records) == 1 else None

    def decode(data: Any, contents: Sequence[Content]) -> Any:
        if data is None and optional:
            return None
        return (only or records[data[RECORD]])(data, contents)

    return decode


def _decode_items(origin: Any, members: tuple[Any, ...]) -> Decoder:
    if origin is tuple and members[-1] is not Ellipsis:
        each = [decoder(member) for member in members]
        return lambda data, contents: tuple(one(value, contents) for one, value in zip(each, data, strict=True))
    item = decoder(members[0])
    make = tuple if origin is tuple else list
    return lambda data, contents: make(item(value, contents) for value in data)


def _decode_record(hint: Any, origin: Any) -> Decoder:
    arguments = dict(zip(getattr(origin, "__parameters__", ()), get_args(hint), strict=True))
    members = {name: decoder(_filled(member, arguments)) for name, member in get_type_hints(origin).items()}

    def decode(data: Any, contents: Sequence[Content]) -> Any:
        return origin(**{name: members[name](value, contents) for name, value in data.items() if name != RECORD})

    return decode


def _filled(hint: Any, arguments: Mapping[Any, Any]) -> Any:
    """Put the arguments of a generic record into the annotation of one of its fields."""
    if isinstance(hint, TypeVar):
        return arguments[hint]
    parameters = getattr(hint, "__parameters__", ())
    return hint[tuple(arguments[parameter] for parameter in parameters)] if parameters else hint


def _decode_attachment(data: Any, contents: Sequence[Content]) -> Attachment:
    name, form = data["name"], AttachmentFormat(data["format"])
    if data["content"] is None:
        attachment = Attachment(name, form)
    else:
        content = contents[data["content"]]
        attachment = Attachment.from_stream(name, content.open, format=form, size=content.size)
    attachment.stored_as = data["stored_as"]
    return attachment
