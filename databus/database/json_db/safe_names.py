"""Names from outside as file names: whatever the name, the file stays in its folder and no two names share one."""

import re
from hashlib import blake2b

OWN_PREFIX = ".databus-"
"""Files of ours beside files of others begin like this; no name from outside does."""

_LONGEST = 200
_ENCODED = re.compile(r"~[0-9a-f]{32}\Z")
_USUAL = re.compile(r"[A-Za-z0-9_-]{1,150}(\.[A-Za-z0-9]{1,9})?")
"""What nearly all names are like; it needs no further look."""

_CLEAN = re.compile(r"[^A-Za-z0-9_.-]+")
_DATABUS_8 = re.compile(r"[^A-Za-z0-9_.]")


def safe_name(name: str, *, hidden: bool = True) -> str:
    """Return the file name for a name from outside: the name itself wherever it can be one.

    Args:
        name: Anything.
        hidden: Whether a leading dot may stay.
    """
    if _USUAL.fullmatch(name):
        return name
    if _is_safe(name) and (hidden or not name.startswith(".")):
        return name
    digest = blake2b(name.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return f"{_CLEAN.sub('_', name)[:60].lstrip('.')}~{digest}"


def is_encoded(file_name: str) -> bool:
    """Whether a file name stands for another name, which must be looked up."""
    return _ENCODED.search(file_name) is not None


def is_plain(file_name: str) -> bool:
    """Whether a file name, wherever it was read, stays in its folder."""
    return file_name not in ("", ".", "..") and "/" not in file_name and "\0" not in file_name


def databus_8_name(name: str) -> str:
    """Return the file name that Databus 8 made of an attachment's name."""
    return _DATABUS_8.sub("", name)


def _is_safe(name: str) -> bool:
    if not is_plain(name) or name.endswith((".", " ")) or name.startswith(OWN_PREFIX) or is_encoded(name):
        return False
    if name.isascii():
        return name.isprintable() and len(name) <= _LONGEST
    try:
        return len(name.encode()) <= _LONGEST and name.isprintable()
    except UnicodeEncodeError:
        return False
