"""Texts that JSON can carry."""

from typing import TypeVar

T = TypeVar("T")


def sound(value: T) -> T:
    """Return a value whose texts hold only whole characters: what a source system says may hold halves of some.

    They become question marks. Lists, tuples and dictionaries are gone through.
    """
    made: object = value
    match value:
        case str():
            made = value.encode("utf-8", "replace").decode() if not value.isascii() else value
        case dict():
            made = {key: sound(each) for key, each in value.items()}
        case list() | tuple():
            made = [sound(each) for each in value]
    return made  # type: ignore[return-value] # of the same kind, but for a tuple
