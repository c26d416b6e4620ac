"""Texts that no SQL server keeps as they are, written with characters that all of them keep.

PostgreSQL takes no NUL, no server takes a lone surrogate, and most of them ignore a blank at the end when they compare.
Each of these becomes one character of Unicode's last private area, which nobody uses; where somebody does, the
character is marked. So what a person reads in the tables is the text itself, and comparing and searching stay true.
"""

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import cast

_NUL = "\U0010f800"
_LAST_BLANK = "\U0010f801"
_CUT = "\U0010f802"
_UNJOINED = "\U0010f803"
_MARK = "\U0010fffd"
_SURROGATES, _STAND_INS = 0xD800, 0x10F000

_ODD = re.compile("[\0\ud800-\udfff\U0010f000-\U0010ffff]| \\Z")
_WRITTEN = re.compile("\U0010fffd(.)|[\U0010f000-\U0010f801\U0010f803]", re.DOTALL)
_JOINING = re.compile(r"\\(?=[\r\n])")

LONGEST_KEY = 200
"""Characters of a key, in UTF-16: two of them and two numbers fit into every server's index."""

_WHOLE = LONGEST_KEY // 2
_BEGINNING = 60

_CHARACTERS = re.compile("(?:\U0010fffd.|[^\U0010fffd])*", re.DOTALL)
"""All but a mark at the end that has lost its character."""

_CUT_KEY = re.compile(f"(?:\U0010fffd.|[^\U0010fffd{_CUT}])*{_CUT}", re.DOTALL)
"""With a cut that is none of the text's own characters, which would be marked."""


def write(text: str) -> str:
    """Return a text as the tables have it."""
    if text.isascii() and "\0" not in text and not text.endswith(" "):
        return text
    return _ODD.sub(_stand_in, text)


def are_kept(texts: Sequence[str | None]) -> bool:
    """Whether the tables have all of these texts as they are, even as keys; False where a look at each must tell.

    It takes as long for all of them as ``write`` takes for a few.
    """
    if None in texts:
        return False
    known = cast(Sequence[str], texts)
    joined = "\n".join(known)
    is_plain = joined.isascii() and "\0" not in joined and " \n" not in joined and not joined.endswith(" ")
    return is_plain and max(map(len, known), default=0) <= _WHOLE


def unjoined(text: str) -> str:
    """Return a written text for SQL Server, which drops a backslash at the end of a literal's line, and that end."""
    return _JOINING.sub(lambda found: found[0] + _UNJOINED, text) if "\\" in text else text


def read(text: str) -> str:
    """Return the text that ``write`` was given."""
    return text if text.isascii() else _WRITTEN.sub(_original, text)


def key(text: str) -> str:
    """Return a text as the tables have it where it must fit into an index: equal only for equal texts.

    A long one is its beginning and a hash; what it was must be kept elsewhere.
    """
    written = write(text)
    if len(written) <= _WHOLE:
        return written
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    beginning = _CHARACTERS.match(written[:_BEGINNING])
    assert beginning is not None  # it matches nothing, too
    return f"{beginning[0]}{_CUT}{digest}"


def is_cut(text: str) -> bool:
    """Whether a key is not the whole text."""
    return len(text if text.isascii() else write(text)) > _WHOLE  # what is ASCII keeps its length


def is_cut_key(found: str) -> bool:
    """Whether a key that was found stands for a longer text."""
    return not found.isascii() and _CUT_KEY.match(found) is not None


def patterns(part: str) -> list[str]:
    """Return the LIKE patterns, with ``!`` as their escape, that a text which contains a part fulfils one of.

    Args:
        part: What is looked for; nothing in it has a special meaning.
    """
    found = [f"%{_literal(inner(part))}%"]
    if part.endswith(" "):
        found.append(f"%{_literal(write(part))}")
    return found


def prefix_pattern(beginning: str) -> str:
    """Return the LIKE pattern, with ``!`` as its escape, of what begins with a text."""
    return f"{_literal(inner(beginning))}%"


def inner(part: str) -> str:
    """Return a part of a text as it stands within it, where a blank at its end is not the last character."""
    stripped = part.rstrip(" ")
    return write(stripped) + " " * (len(part) - len(stripped))


def _literal(text: str) -> str:
    return re.sub(r"([!%_\[])", r"!\1", text)


def _stand_in(found: re.Match[str]) -> str:
    character = found[0]
    if character == " ":
        return _LAST_BLANK
    if character == "\0":
        return _NUL
    if "\ud800" <= character <= "\udfff":
        return chr(ord(character) - _SURROGATES + _STAND_INS)
    return _MARK + character


def _original(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    match found[0]:
        case "\U0010f800":
            return "\0"
        case "\U0010f801":
            return " "
        case "\U0010f803":
            return ""
        case character:
            return chr(ord(character) - _STAND_INS + _SURROGATES)
