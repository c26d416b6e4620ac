"""Undoing what mail does to content on its way: transfer encodings and charsets."""

import binascii
import codecs
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")
_BLANK = b" \t\r\n"
_BROKEN_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*(?:\r\n|\r|\n|\Z))")
_UU_BEGIN = re.compile(rb"^begin [0-7]+ [^\r\n]*\r?\n", re.MULTILINE)
_NO_CHARSETS = {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "mbcs", "oem"}


class Undecodable(ValueError):
    """Something is not what it says it is; it must be kept as it is."""


def decode_transfer(content: bytes, encoding: str) -> tuple[bytes, str]:
    """Undo a transfer encoding.

    Args:
        content: What stands in the message.
        encoding: Its Content-Transfer-Encoding.

    Returns:
        The content and, where it could be read but not all was as it should be, what is wrong; else an empty text.

    Raises:
        Undecodable: It cannot be read.
    """
    match encoding.strip().lower():
        case "" | "7bit" | "8bit" | "binary":
            return content, ""
        case "base64":
            return decode_base64(content)
        case "quoted-printable":
            return _decode_quoted_printable(content)
        case "x-uuencode" | "uuencode" | "uue" | "x-uue":
            return _decode_uu(content), ""
        case unknown:
            raise Undecodable(f"its transfer encoding {unknown!r} is unknown")


def decode_base64(content: bytes) -> tuple[bytes, str]:
    """Decode base64 as RFC 2045 wants it, passing over what does not belong; see :func:`decode_transfer`."""
    packed = content.translate(None, _BLANK)
    data = _NOT_BASE64.sub(b"", packed).partition(b"=")[0]
    padding = b"=" * (-len(data) % 4)
    if len(padding) > len(b"=="):
        raise Undecodable("its base64 is cut off or damaged")
    flaw = "" if packed == data + padding else "its base64 is not as it should be"
    return binascii.a2b_base64(data + padding), flaw


def _decode_quoted_printable(content: bytes) -> tuple[bytes, str]:
    flaw = "its quoted-printable is damaged" if _BROKEN_ESCAPE.search(content) else ""
    return binascii.a2b_qp(content), flaw


def _decode_uu(content: bytes) -> bytes:
    begin = _UU_BEGIN.search(content)
    if begin is None:
        raise Undecodable("its uuencoding has no beginning")
    decoded: list[bytes] = []
    for line in content[begin.end() :].splitlines():
        if line.strip() in {b"end", b"`"}:
            return b"".join(decoded)
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error as error:
            raise Undecodable("its uuencoding is damaged") from error
    raise Undecodable("its uuencoding has no end")


def decode_charset(content: bytes, charset: str) -> str:
    """Decode a text.

    A text that says it is ASCII, or says nothing, and is UTF-8, is taken as that.

    Raises:
        Undecodable: The charset is unknown, or is not the one of this text.
    """
    name = _charset(charset or "us-ascii")
    try:
        text = content.decode("utf-8" if name == "ascii" else name)
        text.encode()  # a charset may hold halves of characters, which no text file can
    except (UnicodeError, LookupError, ValueError) as error:
        raise Undecodable(f"it is not in the charset {name} which it names") from error
    return text


def _charset(name: str) -> str:
    try:
        found = codecs.lookup(name.strip().strip("'\""))
    except (LookupError, ValueError) as error:
        raise Undecodable(f"its charset {name!r} is unknown") from error
    if found.name.replace("_", "-") in _NO_CHARSETS:
        raise Undecodable(f"its charset {name!r} is none")
    return found.name
