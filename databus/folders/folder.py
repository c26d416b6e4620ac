"""What a folder can do, wherever it is."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, BinaryIO

from databus.errors import DatabusError
from databus.folders.names import without_credentials

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FolderError(DatabusError):
    """A folder or a file in it cannot be used; the text names it and says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """A file as it was when somebody looked.

    Attributes:
        path: Its path inside the folder, with ``/`` between the parts.
        size: Bytes; None where the filesystem does not tell.
        modified: Nanoseconds since 1970 of its last change; None where the filesystem does not tell.
        moved_in: Nanoseconds since 1970 at which it came to be here as it is, where that is known.
        checksum: What the filesystem says about its content, such as an etag; empty where it says nothing.
    """

    path: str
    size: int | None
    modified: int | None
    moved_in: int | None = None
    checksum: str = ""

    @property
    def version(self) -> str:
        """A text that differs when the file was changed or replaced: time, size and checksum, as far as known."""
        size = "" if self.size is None else str(self.size)
        known = [_time_text(self.modified), size, self.checksum]
        return ",".join(known if self.checksum else known[:2])


def _time_text(nanoseconds: int | None) -> str:
    if nanoseconds is None:
        return ""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    try:
        return f"{(_EPOCH + timedelta(seconds=seconds)).strftime('%Y-%m-%dT%H:%M:%S')}.{rest:09}Z"
    except OverflowError:  # a filesystem may hold times that no calendar of ours reaches
        return str(nanoseconds)


@dataclass(slots=True, kw_only=True)
class Draft:
    """A file that is written whole, but does not have its name yet.

    Attributes:
        path: The path in the folder that was asked for.
        temporary: Where its content is.
        identity: What the filesystem calls that very file, where it does.
        has_name: Whether it got a name in place of the temporary one.
    """

    path: str
    temporary: str
    identity: tuple[int, int] | None = None
    has_name: bool = False


def temporary_name(owner: str, path: str) -> str:
    """Return the name under which an owner's file for a path is written, which pullers pass over."""
    whose = f"{owner}\0{path}".encode("utf-8", "surrogatepass")
    return f".databus-{sha256(whose).hexdigest()[:20]}.part"


class Folder(ABC):
    """A folder. Paths are inside of it, with ``/`` between their parts; none can lead out of it.

    Args:
        url: The folder as it was configured.

    Attributes:
        is_local: Whether it is on a disk of this machine, so that nobody has to be waited for.
        keeps_marks: Whether its files may have marks, which say who wrote them and what.
        most_drafts: How many files may be written before the first of them has its name.
    """

    is_local = False
    keeps_marks = False
    most_drafts = sys.maxsize

    def __init__(self, url: str) -> None:
        self.shown = without_credentials(url)

    def __str__(self) -> str:
        return self.shown

    @abstractmethod
    def files(self, *, recursive: bool, skip: Callable[[str], bool], trouble: Callable[[str], None]) -> list[FileState]:
        """Return the files in the folder.

        Args:
            recursive: Also those in folders below it.
            skip: Says of a path, of a file or a folder, that it is not wanted.
            trouble: Is told, in one sentence, of each folder below it that cannot be read; the others are.

        Raises:
            FolderError: The folder itself is not there or cannot be read.
        """

    @abstractmethod
    def state(self, path: str) -> FileState | None:
        """Return how a file is now; None where it is gone, is no plain file, or lies outside of the folder."""

    @abstractmethod
    def open(self, path: str) -> BinaryIO:
        """Return a stream of a file's content."""

    @abstractmethod
    def delete(self, path: str) -> None:
        """Delete a file. One that is gone already is no error."""

    @abstractmethod
    def exists(self, path: str) -> bool:
        """Return whether anything has that path."""

    def may_read(self, path: str) -> bool:
        """Return whether a file's content may be read, where that can be told without reading it; else True."""
        return True

    @abstractmethod
    def names_beside(self, path: str) -> list[str]:
        """Return the names in the folder in which ``path`` would be."""

    def owner(self, path: str) -> str:
        """Return who wrote a file, by the mark of :meth:`written`; empty where there is none."""
        return ""

    def digest(self, path: str) -> str:
        """Return the SHA-256 of what was written into a file, by the mark of :meth:`written`; empty where none is."""
        return ""

    @abstractmethod
    def written(self, path: str, copy: Callable[[BinaryIO], object], owner: str) -> AbstractContextManager[Draft]:
        """Write a file under a temporary name beside ``path``; folders that are missing are made.

        At the end of the context it is deleted, unless it got a name.

        Args:
            path: The name it is to get.
            copy: Writes the content into the stream it is given.
            owner: Who writes it. The same owner's unfinished file of an earlier try is overwritten, and the file is
                marked with it, and with what was written, where the filesystem can. For another path it is another
                file.
        """

    @abstractmethod
    def publish(self, draft: Draft, path: str) -> bool:
        """Give a draft its name, atomically and durably; give back False, and do nothing, where the name is taken."""

    @abstractmethod
    def replace(self, draft: Draft, path: str) -> None:
        """Give a draft its name, atomically and durably, in place of what may have it."""

    @abstractmethod
    def holds(self, other: "Folder") -> str | None:
        """Return the path of another folder inside of this one (empty: it is this one); None where it is elsewhere."""

    @abstractmethod
    def rename_into(self, target: "Folder", source: str, path: str) -> bool | None:
        """Move a file to another folder without copying it.

        Returns:
            True when it is moved, False when the name is taken there, None when it must be copied.
        """

    @abstractmethod
    def copy_into(self, target: "Folder", source: str, path: str) -> bool | None:
        """Copy a file to another folder without reading it: its server does.

        Returns:
            True when it is copied, False when the name is taken there, None when it must be read and written.
        """


def open_folder(url: str, options: dict[str, Any]) -> Folder:
    """Return a folder, without looking whether it is there.

    Args:
        url: A local path, or a URL that fsspec knows, such as ``sftp://server/orders``.
        options: What fsspec needs to reach it.

    Raises:
        FolderError: fsspec does not know it, or needs a package that is not installed.
    """
    from databus.folders.local import LocalFolder
    from databus.folders.remote import RemoteFolder

    local = url.removeprefix("file://").removeprefix("local://")
    is_local = "://" not in local and "::" not in local
    return LocalFolder(url, local) if is_local else RemoteFolder(url, options)
