"""Names of files: which are meant, which are safe, and which number comes next."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from hashlib import sha256
from posixpath import basename, split, splitext

LONGEST = 255
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_NUMBER = re.compile(r" \((\d+)\)\Z")
_LINK = re.compile(r"::(?=[^/@]*://)")
_CREDENTIALS = re.compile(
    r"""(?<=://)
    (?: [^/]*@                                # up to the last @ of the authority: a password may have one, too
    |   [^/@:\[]*: (?! [0-9]* (?: / | $ )) .*@  # no port but a password with a /, which fsspec refuses
    )""",
    re.VERBOSE | re.DOTALL,
)
_SIGNED = re.compile(
    r"([?&][\w.-]*(?:sig|signature|token|password|secret|(?:api|access)[_-]?key)=)[^&#]+", re.IGNORECASE
)  # no other keys: a folder's name in a log and in a passenger's source must still tell it from others


def without_credentials(url: str) -> str:
    """Return a URL as it may be shown: without user and password, and with ``***`` for tokens and signatures.

    Args:
        url: Any text; also a chain of URLs, such as ``simplecache::sftp://me:secret@host/in``.
    """
    shown = "::".join(_CREDENTIALS.sub("", link) for link in _LINK.split(url))
    return _SIGNED.sub(r"\1***", shown) if "://" in shown else shown


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Return whether a path fits one of the patterns; capital and small letters are the same.

    A pattern without ``/`` is about the file's name. One with ``/`` is about the whole path, where ``*`` stays within
    one part and ``**`` stands for any number of parts.
    """
    return any(
        _path_pattern(pattern.lower()).fullmatch(path.lower()) is not None
        if "/" in pattern
        else fnmatchcase(basename(path).lower(), pattern.lower())
        for pattern in patterns
    )


@lru_cache(maxsize=256)
def _path_pattern(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(_WILD.get(part) or re.escape(part) for part in parts), re.DOTALL)


def is_inside(path: str) -> bool:
    """Return whether a path stays inside of the folder it is relative to."""
    parts = path.split("/")
    return bool(path) and "\0" not in path and not any(part in {"", ".", ".."} for part in parts)


def safe_path(path: str, *, remote: bool = False) -> str:
    """Return a path that stays inside of its folder and that a filesystem takes; a good one comes back as it is.

    Args:
        path: Any text.
        remote: Also without what is only safe on a local disk: backslashes and bytes that are no text.
    """
    parts = [part for part in path.split("/") if part not in {"", "."}]
    return "/".join(_safe_name(part, remote=remote) for part in parts) or "_"


def _safe_name(name: str, *, remote: bool) -> str:
    name = _NO_BYTE.sub("_", name).replace("\0", "_")
    if remote:
        name = _SURROGATE.sub("_", name).replace("\\", "_")
    if not name.strip("."):
        name = name.replace(".", "_")
    return shortened(name)


def shortened(name: str, room: int = LONGEST) -> str:
    """Return a name of at most ``room`` bytes; of a longer one a hash takes the place of its middle."""
    if len(_bytes(name)) <= room:
        return name
    stem, suffix = splitext(name)
    if len(_bytes(suffix)) > room // 4:
        stem, suffix = name, ""
    digest = sha256(_bytes(name)).hexdigest()[:12]
    kept = _bytes(stem)[: room - len(_bytes(suffix)) - len(digest) - 1]
    return f"{_whole(kept)}~{digest}{suffix}"


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _whole(cut: bytes) -> str:
    """Return cut bytes as text without half a character at the end."""
    for end in range(len(cut), max(len(cut) - 4, 0), -1):
        try:
            return cut[:end].decode()
        except UnicodeDecodeError:
            continue
    return cut.decode("utf-8", "surrogateescape")


def numbered(path: str, number: int) -> str:
    """Return ``folder/a.txt`` for the number 1, ``folder/a (2).txt`` for 2."""
    if number == 1:
        return path
    folder, name = split(path)
    stem, suffix = splitext(name)
    mark = f" ({number})"
    if len(_bytes(name)) + len(mark) > LONGEST:
        stem, suffix = splitext(shortened(name, LONGEST - len(mark)))
    return f"{folder}/{stem}{mark}{suffix}" if folder else f"{stem}{mark}{suffix}"


def number_of(path: str, other: str) -> int | None:
    """Return with which number :func:`numbered` makes another path of this one; None where it is with none."""
    if other == path:
        return 1
    found = _NUMBER.search(splitext(other)[0])
    number = int(found[1]) if found else 1
    return number if numbered(path, number) == other else None
