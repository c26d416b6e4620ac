"""JSON as bytes: orjson where it can, Python's own where a text has lone surrogates, which orjson refuses."""

import json
import re
from datetime import datetime
from typing import Any

import orjson

# Escaped, these two would be read back as one character; the file is then no strict UTF-8, but nothing is lost.
_TWO_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def dumps(value: Any, *, indent: bool = False) -> bytes:
    """Return a value as JSON; times become ISO texts."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None)
    except TypeError:
        pass
    text = json.dumps(value, indent=2 if indent else None, default=_as_text, ensure_ascii=False)
    if _TWO_SURROGATES.search(text):
        return text.encode(errors="surrogatepass")
    return json.dumps(value, indent=2 if indent else None, default=_as_text).encode("ascii")


def loads(data: bytes) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: It is none.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(data.removeprefix(b"\xef\xbb\xbf").decode(errors="surrogatepass"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
