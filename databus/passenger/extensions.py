"""File extensions as people write them: with or without dot, in upper or lower case."""

from collections.abc import Iterable


def has_extension(name: str, extensions: Iterable[str]) -> bool:
    """Whether a file name ends in one of the extensions; also in one such as ``tar.gz``."""
    endings = tuple("." + extension.strip().removeprefix(".").lower() for extension in extensions)
    return name.lower().endswith(endings)
