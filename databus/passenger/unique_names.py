"""Names that are told apart by a number."""

from collections.abc import Sequence
from os.path import splitext


def unique_names(names: Sequence[str]) -> list[str]:
    """Return the names, with ``a (2).txt`` for the second ``a.txt``.

    The first bearer of a name keeps it, and a number whose name is anywhere in the list is passed over.
    """
    taken = set(names)
    seen: set[str] = set()
    numbers: dict[str, int] = {}
    result = []
    for name in names:
        result.append(_numbered(name, taken, numbers) if name in seen else name)
        seen.add(name)
    return result


def _numbered(name: str, taken: set[str], numbers: dict[str, int]) -> str:
    stem, extension = splitext(name)
    while True:
        numbers[name] = numbers.get(name, 1) + 1
        candidate = f"{stem} ({numbers[name]}){extension}"
        if candidate not in taken:
            taken.add(candidate)
            return candidate
