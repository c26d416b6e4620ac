"""Putting a file into a folder under a name that may be taken, once, even if it is tried twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import BinaryIO, Literal

from databus.folders.folder import Draft, Folder, FolderError
from databus.folders.names import numbered
from databus.folders.numbering import taken_numbers

IfExists = Literal["rename", "replace", "skip", "fail"]


class Result(Enum):
    """What became of a file that was to be placed."""

    WRITTEN = "written"
    THERE_ALREADY = "there already"
    SKIPPED = "skipped"


Publish = Callable[[], tuple[Result, str]]
"""Gives a file that is written its name."""


@dataclass(slots=True)
class _Taken:
    """The names a.txt, a (2).txt, … that are taken: whose each is, and the first number to try."""

    owners: dict[str, str] = field(default_factory=dict)
    numbers: set[int] = field(default_factory=set)
    next: int = 1


class Placing:
    """Puts files into one folder. It remembers the taken names it saw, so that thousands of equal names cost little.

    Args:
        folder: Where to.
        if_exists: What to do when the name is taken: ``rename`` takes the next free number, ``replace`` replaces,
            ``skip`` leaves what is there, ``fail`` raises.
    """

    def __init__(self, folder: Folder, if_exists: IfExists = "rename") -> None:
        self._folder = folder
        self._if_exists = if_exists
        self._taken: dict[str, _Taken] = {}

    def place(self, path: str, owner: str, copy: Callable[[BinaryIO], object]) -> tuple[Result, str]:
        """Write a file, and give it its name; see :meth:`prepared`."""
        with self.prepared(path, owner, copy) as publish:
            return publish()

    @contextmanager
    def prepared(self, path: str, owner: str, copy: Callable[[BinaryIO], object]) -> Iterator[Publish]:
        """Write a file that nobody sees yet, unless it is there already; at the end of the context it is seen or gone.

        Args:
            path: The name it should have.
            owner: Identifies what is written. What the same owner wrote before, where the folder keeps marks, is
                recognized and not written again.
            copy: Writes the content into the stream it is given; it may be called again, from the beginning.

        Yields:
            What gives it its name, and returns what was done, and the name the file has.

        Raises:
            FolderError: The name is taken and ``fail`` was asked for, or the file cannot be written.
        """
        if (found := self._there(path, owner)) is not None:
            yield lambda: found
            return
        with self._telling(path), self._folder.written(path, copy, owner) as draft:
            yield partial(self._published, draft, path, owner)

    def _there(self, path: str, owner: str) -> tuple[Result, str] | None:
        """Return why nothing is to be written; None where a file is."""
        if self._if_exists == "replace" or not self._folder.exists(path):
            return None
        if self._if_exists == "skip":
            return Result.SKIPPED, path
        if (earlier := self._earlier(path, owner)) is not None:
            return Result.THERE_ALREADY, earlier
        if self._if_exists == "fail":
            raise FolderError(f'{path!r} is already in {self._folder}, and if_exists is "fail"')
        return None

    def _published(self, draft: Draft, path: str, owner: str) -> tuple[Result, str]:
        with self._telling(path):
            return Result.WRITTEN, self._publish(draft, path, owner)

    @contextmanager
    def _telling(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FolderError(f"{path!r} cannot be written to {self._folder}: {error}") from error

    def _publish(self, draft: Draft, path: str, owner: str) -> str:
        if self._if_exists == "replace":
            self._folder.replace(draft, path)
            return path
        if self._if_exists != "rename":
            if not self._folder.publish(draft, path):
                raise FolderError(f"{path!r} came to be in {self._folder} while it was written; it is tried again")
            return path
        return self._publish_numbered(draft, path, owner)

    def _publish_numbered(self, draft: Draft, path: str, owner: str) -> str:
        taken = self._taken.get(path) or _Taken()
        while True:
            number, taken.next = taken.next, taken.next + 1
            candidate = numbered(path, number)
            if number not in taken.numbers and self._folder.publish(draft, candidate):
                if path in self._taken:
                    taken.owners[owner] = candidate
                return candidate

    def _earlier(self, path: str, owner: str) -> str | None:
        """Return the name under which the same owner wrote the file before."""
        if self._if_exists == "fail":
            return path if self._folder.owner(path) == owner else None
        if path not in self._taken:
            self._taken[path] = self._look(path)
        return self._taken[path].owners.get(owner)

    def _look(self, path: str) -> _Taken:
        there = taken_numbers(self._folder, path)
        marks = {self._folder.owner(name): name for name in there.values()}
        marks.pop("", None)
        return _Taken(owners=marks, numbers=set(there))
