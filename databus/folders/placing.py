"""Putting a file into a folder under a name that may be taken, once, even if it is tried twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import BinaryIO, Literal

from databus.folders.folder import Draft, Folder, FolderError
from databus.folders.hashing import copied, digest_of
from databus.folders.names import numbered
from databus.folders.numbering import taken_numbers

IfExists = Literal["rename", "replace", "skip", "fail"]

LOOKED_AT = 5
"""Up to this number names are looked at one by one, to see whether a file may be there under any."""


class Result(Enum):
    """What became of a file that was to be placed."""

    WRITTEN = "written"
    CORRECTED = "corrected"
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

        Where the folder keeps marks, what the same owner wrote before is recognized. If the content is the same, it is
        not written again. If it is another one now, the new file takes the place of the old one, unless somebody
        changed that: then it is treated as anybody's.

        Args:
            path: The name it should have.
            owner: Identifies what is written, whatever its content is.
            copy: Writes the content into the stream it is given; it may be called again, from the beginning.

        Yields:
            What gives it its name, and returns what was done, and the name the file has.

        Raises:
            FolderError: The name is taken and ``fail`` was asked for, or the file cannot be written.
        """
        if self._if_exists == "skip" and self._folder.exists(path):
            yield lambda: (Result.SKIPPED, path)
            return
        earlier = self._earlier(path, owner)
        with self._telling(path):
            if earlier is not None and copied(copy) == (self._folder.digest(earlier) or self._hashed(earlier)):
                found = Result.THERE_ALREADY, earlier
                yield lambda: found
                return
            outdated = earlier if earlier is not None and self._is_as_written(earlier) else None
            if self._if_exists == "fail" and outdated is None and self._folder.exists(path):
                raise FolderError(f'{path!r} is already in {self._folder}, and if_exists is "fail"')
            with self._folder.written(path, copy, owner) as draft:
                yield partial(self._published, draft, path, owner, outdated)

    def _published(self, draft: Draft, path: str, owner: str, outdated: str | None) -> tuple[Result, str]:
        with self._telling(path):
            if outdated is None:
                return Result.WRITTEN, self._publish(draft, path, owner)
            self._folder.replace(draft, outdated)
            return Result.CORRECTED, outdated

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
        earlier: str | None = None
        if self._if_exists == "fail":
            earlier = path
        elif self._if_exists == "rename":
            if path not in self._taken and self._may_be_taken(path):
                self._taken[path] = self._look(path)
            earlier = self._taken[path].owners.get(owner) if path in self._taken else None
        return earlier if earlier is not None and self._folder.owner(earlier) == owner else None

    def _may_be_taken(self, path: str) -> bool:
        """Return whether a look at the folder is worth its while: it takes longer the more files there are.

        Where the owner's file has a number, somebody may have taken the others away since.
        """
        last = LOOKED_AT if self._folder.keeps_marks else 1
        return any(self._folder.exists(numbered(path, number)) for number in range(1, last + 1))

    def _is_as_written(self, path: str) -> bool:
        """Return whether nobody changed a file of ours."""
        return self._folder.digest(path) == self._hashed(path) != ""

    def _hashed(self, path: str) -> str:
        """Return the SHA-256 of a file; empty where it cannot be read."""
        with suppress(OSError, FolderError), self._folder.open(path) as stream:
            return digest_of(stream)
        return ""

    def _look(self, path: str) -> _Taken:
        there = taken_numbers(self._folder, path)
        # Of two files of one owner the higher number is the later one.
        marks = {self._folder.owner(name): name for _, name in sorted(there.items())}
        marks.pop("", None)
        return _Taken(owners=marks, numbers=set(there))
