"""Which of the names a.txt, a (2).txt, … are taken in a folder, and which to try."""

from collections.abc import Iterator
from itertools import count
from posixpath import basename, dirname, join

from databus.folders.folder import Folder
from databus.folders.names import number_of, numbered


def taken_numbers(folder: Folder, path: str) -> dict[int, str]:
    """Look once at the names beside a path; return those that are the path's own or a number of it, by number."""
    numbers = ((number_of(basename(path), name), name) for name in folder.names_beside(path))
    return {number: join(dirname(path), name) for number, name in numbers if number is not None}


def names_to_try(folder: Folder, path: str) -> Iterator[str]:
    """Give the path itself, then, with one look at the folder, its numbers from the highest there on.

    The highest is among them, although it is taken: it may be this very file, whose renaming was cut short.
    """
    yield path
    highest = max(taken_numbers(folder, path), default=1)
    yield from (numbered(path, number) for number in count(max(highest, 2)))
