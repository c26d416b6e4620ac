"""A whole message as attachments."""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, BinaryIO

from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.mime.leaf import Leaf, leaf
from databus.passenger.mime.parts import Part, split
from databus.passenger.mime.transfer import Undecodable, decode_charset
from databus.passenger.unique_names import unique_names

PROPERTIES = "_props.json"
ORIGINAL = "_original.eml"
RESERVED = (PROPERTIES, ORIGINAL, "_body.txt", "_body.html")

_IMPORTANT = ("subject", "from", "to", "cc", "date", "message-id")
_NEEDS_ORIGINAL = {
    "multipart/signed": "only the original message proves its signature",
    "multipart/encrypted": "only the original message can be decrypted by every program",
}


def read_message(message: bytes | BinaryIO) -> list[Attachment]:
    """Return an e-mail as attachments; see :func:`open_message`.

    Args:
        message: The message, or a stream of it, which is read to its end.
    """
    content = message if isinstance(message, bytes) else message.read()
    return open_message(lambda: BytesIO(content), local=True)


def open_message(opener: Callable[[], BinaryIO], *, local: bool = False) -> list[Attachment]:
    """Return an e-mail as attachments. It never fails because of what is in the message, and loses nothing of it.

    - ``_props.json``: ``headers`` (name and decoded value of each, in their order, repeated ones too; with ``raw``
      where a value cannot be decoded), ``subject``, ``from``, ``to``, ``cc``, ``date``, ``message_id`` for convenience,
      ``parts`` (the headers of each attachment), ``problems`` (what is wrong with the message), and, where they are not
      empty, ``preamble``, ``epilogue`` and ``envelope``.
    - ``_body.txt`` and ``_body.html``: the texts, in UTF-8; a second one is ``_body (2).txt``. A text that is not in
      the charset that it names is kept as it is, as a binary attachment.
    - Every file, byte for byte, with its name; one without a name is called after its type (``attachment.pdf``), and a
      message within the message is ``message.eml``. Names are made unique.
    - ``_original.eml``: the whole message, where anything in it could not be read as it should be, or is signed.

    Args:
        opener: Returns a new stream of the message each time it is called. The attachments call it again when they are
            read, so that no message stays in memory.
        local: Whether that waits for nobody, as for ``Attachment.from_stream``.
    """
    with opener() as stream:
        message = stream.read()
    root, envelope = split(message)
    leaves = [leaf(message, part) for part in root.leaves()]
    leaves.sort(key=lambda found: not found.is_body)
    names = _names(leaves)
    problems = list(_problems(root, leaves, names))
    properties = _properties(root, envelope, leaves, names, problems)
    text = json.dumps(properties, ensure_ascii=False, indent=1)
    attachments = [Attachment(PROPERTIES, AttachmentFormat.text, text_content=_without_halves(text))]
    attachments += [found.attachment(name, opener, local=local) for found, name in zip(leaves, names, strict=True)]
    if problems:
        whole = Attachment.from_stream(ORIGINAL, opener, AttachmentFormat.binary, len(message), local=local)
        attachments.append(whole)
    return attachments


def _names(leaves: list[Leaf]) -> list[str]:
    """Return unique names; only a body may have a body's name, and nothing that was sent has one of ours."""
    bodies = [found.name for found in leaves if found.is_body]
    files = [found.name for found in leaves if not found.is_body]
    ours = [name for name in RESERVED if name not in bodies]
    unique = unique_names([*bodies, *ours, *files])
    return unique[: len(bodies)] + unique[len(bodies) + len(ours) :]


def _problems(root: Part, leaves: list[Leaf], names: list[str]) -> Iterator[str]:
    for part in root.everything():
        kind = part.headers.content_type
        if part.problem:
            yield f"{kind}: {part.problem}"
        if kind in _NEEDS_ORIGINAL:
            yield f"{kind}: {_NEEDS_ORIGINAL[kind]}"
        if not (_is_text(part.preamble) and _is_text(part.epilogue)):
            yield f"{kind}: between its parts stands what is no text"
    for found, name in zip(leaves, names, strict=True):
        if found.problem:
            yield f"{name}: {found.problem}"


def _properties(
    root: Part, envelope: bytes, leaves: list[Leaf], names: list[str], problems: list[str]
) -> dict[str, Any]:
    known = {name.replace("-", "_"): root.headers.value(name) for name in _IMPORTANT}
    parts = [
        {"attachment": name, "content_type": found.part.headers.content_type, "headers": found.part.headers.as_json()}
        for found, name in zip(leaves, names, strict=True)
    ]
    containers = [
        {"content_type": part.headers.content_type, "headers": part.headers.as_json()}
        for part in root.everything()
        if part.parts and part is not root
    ]
    besides = {
        "containers": containers,
        "preamble": _texts(part.preamble for part in root.everything()),
        "epilogue": _texts(part.epilogue for part in root.everything()),
        "envelope": envelope.decode("latin-1").strip(),
        "problems": problems,
    }
    filled = {name: value for name, value in besides.items() if value}
    return {**known, "headers": root.headers.as_json(), "parts": parts, **filled}


def _texts(contents: Iterator[bytes]) -> list[str]:
    return [content.decode("utf-8", "replace") for content in contents if content.strip()]


def _is_text(content: bytes) -> bool:
    try:
        decode_charset(content, "utf-8")
    except Undecodable:
        return False
    return True


def _without_halves(text: str) -> str:
    """Return JSON text in which lone halves of characters are escaped, so that it is UTF-8."""
    return "".join(f"\\u{ord(letter):04x}" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
