"""A passenger as a JSON document, about which JMESPath expressions can ask."""

import json
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment
from databus.passenger.extensions import has_extension

if TYPE_CHECKING:  # only to check types
    from jmespath.parser import ParsedResult


class UnreadableJson(ValueError):
    """An attachment is not JSON; the text says why."""


def compiled(expression: str) -> "ParsedResult":
    """Return a JMESPath expression ready for use.

    Raises:
        ValueError: It is none.
    """
    import jmespath

    try:
        return jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        raise ValueError(f"it is no JMESPath expression: {error}") from error


def holds(expression: str, passenger: AbstractPassenger) -> bool:
    """Return whether an expression is true of a passenger; false, null and what is empty are false.

    Args:
        expression: JMESPath about :func:`document`.
        passenger: The passenger.

    Raises:
        ValueError: The expression does not fit this passenger, such as a function that got a wrong type.
    """
    import jmespath

    parsed = compiled(expression)
    try:
        found = parsed.search(document(passenger, with_json="json" in expression))
    except jmespath.exceptions.JMESPathError as error:
        raise ValueError(f"{expression} cannot be answered for {passenger.id_text}: {error}") from error
    # JMESPath's own rule: 0 is true.
    return found is not None and found is not False and found not in ("", [], {})


def document(passenger: AbstractPassenger, *, with_json: bool = True) -> dict[str, Any]:
    """Return a passenger as JSON.

    ``external_id``, ``source_system``, and ``attachments``, each with ``name``, ``format`` (text or binary), ``size``,
    and ``json``: the content of a ``.json`` attachment, null for any other, and for one that is not JSON.
    """
    return {
        "external_id": passenger.external_id,
        "source_system": passenger.source_system,
        "attachments": [_attachment(attachment, with_json=with_json) for attachment in passenger.attachments],
    }


def _attachment(attachment: Attachment, *, with_json: bool) -> dict[str, Any]:
    content = None
    if with_json and has_extension(attachment.name, ["json"]):
        try:
            content = read_json(attachment)
        except UnreadableJson:
            content = None
    return {
        "name": attachment.name,
        "format": attachment.format.name,
        "size": _size(attachment),
        "json": content,
    }


def _size(attachment: Attachment) -> int:
    if attachment.size is not None:
        return attachment.size
    with attachment.open() as stream:
        return _length(stream)


def _length(stream: BinaryIO) -> int:
    return sum(len(chunk) for chunk in iter(lambda: stream.read(1 << 16), b""))


def read_json(attachment: Attachment) -> Any:
    """Return the content of an attachment as JSON, in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Raises:
        UnreadableJson: It is not JSON; NaN and Infinity are not, either.
    """
    with attachment.open() as stream:
        content = stream.read()
    try:
        return json.loads(content, parse_constant=_refuse)
    except RecursionError as error:
        raise UnreadableJson("it is nested too deeply") from error
    except ValueError as error:
        raise UnreadableJson(str(error)) from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
