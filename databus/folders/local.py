"""A folder on a local disk."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from databus.folders.folder import Draft, FileState, Folder, FolderError, temporary_name
from databus.folders.hashing import copied
from databus.folders.names import is_inside
from databus.folders.renaming import identity, rename_unless_taken

OWNER_MARK = "user.databus.owner"
CONTENT_MARK = "user.databus.sha256"


class LocalFolder(Folder):
    """A folder on a local disk.

    Links are followed to files inside of the folder only; folders are not entered through links.

    Args:
        url: The folder as it was configured.
        path: The same without ``file://``; ``~`` is the home folder.
    """

    is_local = True
    keeps_marks = True
    most_drafts = 32  # each keeps a file open, and a process may have about a thousand

    def __init__(self, url: str, path: str) -> None:
        super().__init__(url)
        self.root = os.path.abspath(os.path.expanduser(path))

    def files(self, *, recursive: bool, skip: Callable[[str], bool], trouble: Callable[[str], None]) -> list[FileState]:
        """Return the files in the folder; see :class:`Folder`."""
        return list(self._below("", recursive, skip, trouble))

    def _below(
        self, folder: str, recursive: bool, skip: Callable[[str], bool], trouble: Callable[[str], None]
    ) -> Iterator[FileState]:
        for entry in self._scan(folder, trouble):
            path = f"{folder}/{entry.name}" if folder else entry.name
            if skip(path):
                continue
            if entry.is_dir(follow_symlinks=False):
                if recursive:
                    yield from self._below(path, recursive, skip, trouble)
            elif (state := self._entry_state(path, entry)) is not None:
                yield state

    def _entry_state(self, path: str, entry: "os.DirEntry[str]") -> FileState | None:
        if entry.is_symlink():
            return self.state(path)
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:  # taken away while we looked
            return None
        return _state(path, found) if stat.S_ISREG(found.st_mode) else None

    def _scan(self, folder: str, trouble: Callable[[str], None]) -> "list[os.DirEntry[str]]":
        try:
            with os.scandir(self._absolute(folder)) as entries:
                return list(entries)
        except FileNotFoundError as error:
            if folder:
                return []  # taken away while we looked
            raise FolderError(f"Folder {self} does not exist: make it, or correct the setting") from error
        except OSError as error:
            if not folder:
                raise FolderError(f"Folder {self} cannot be read: {error.strerror}") from error
            trouble(f"Folder {folder!r} in {self} cannot be read: {error.strerror}")
            return []

    def state(self, path: str) -> FileState | None:
        """Return how a file is now; see :class:`Folder`."""
        if not self._is_within(path):
            return None
        try:
            found = os.stat(self._absolute(path))
        except OSError:
            return None
        return _state(path, found) if stat.S_ISREG(found.st_mode) else None

    def open(self, path: str) -> BinaryIO:
        """Return a stream of a file's content."""
        if self.state(path) is None:  # never waits for a pipe, never follows a link out of the folder
            raise FolderError(f"File {path!r} is not in {self} any more")
        return open(self._absolute(path), "rb")

    def delete(self, path: str) -> None:
        """Delete a file. One that is gone already is no error."""
        with suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(self._absolute(path))

    def exists(self, path: str) -> bool:
        """Return whether anything has that path."""
        return os.path.lexists(self._absolute(path))

    def may_read(self, path: str) -> bool:
        """Return whether this process may read a file; of one that is gone nothing forbids it."""
        return os.access(self._absolute(path), os.R_OK) or not self.exists(path)

    def names_beside(self, path: str) -> list[str]:
        """Return the names in the folder in which ``path`` would be."""
        return os.listdir(os.path.dirname(self._absolute(path)))

    def owner(self, path: str) -> str:
        """Return who wrote a file; see :class:`Folder`."""
        return self._marked(path, OWNER_MARK)

    def digest(self, path: str) -> str:
        """Return the SHA-256 of what was written into a file; see :class:`Folder`."""
        return self._marked(path, CONTENT_MARK)

    def _marked(self, path: str, mark: str) -> str:
        try:
            return os.getxattr(self._absolute(path), mark).decode("utf-8", "surrogateescape")
        except (OSError, AttributeError):  # no mark, or no marks on this filesystem or this system
            return ""

    @contextmanager
    def written(self, path: str, copy: Callable[[BinaryIO], object], owner: str) -> Iterator[Draft]:
        """Write a file under a temporary name beside ``path``; see :class:`Folder`."""
        temporary = os.path.join(self._make_folder(path), temporary_name(owner, path))
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        # While the file is open, no other one can have its identity.
        with os.fdopen(number, "wb") as stream:
            found = os.fstat(number)
            draft = Draft(path=path, temporary=temporary, identity=(found.st_dev, found.st_ino))
            try:
                _mark(number, owner, copied(copy, stream))
                stream.flush()
                os.fsync(number)
                yield draft
            finally:
                if not draft.has_name and identity(temporary) == draft.identity:
                    os.unlink(temporary)

    def publish(self, draft: Draft, path: str) -> bool:
        """Give a draft its name unless that is taken; see :class:`Folder`."""
        self._check(draft)
        if not rename_unless_taken(draft.temporary, self._absolute(path)):
            return False
        draft.has_name = True
        _sync_folder(os.path.dirname(draft.temporary))
        return True

    def replace(self, draft: Draft, path: str) -> None:
        """Give a draft its name in place of what may have it; see :class:`Folder`."""
        self._check(draft)
        os.replace(draft.temporary, self._absolute(path))
        draft.has_name = True
        _sync_folder(os.path.dirname(draft.temporary))

    def holds(self, other: Folder) -> str | None:
        """Return the path of another folder inside of this one; see :class:`Folder`."""
        if not isinstance(other, LocalFolder):
            return None
        own, theirs = os.path.realpath(self.root), os.path.realpath(other.root)
        if own == theirs:
            return ""
        return theirs.removeprefix(own + "/") if theirs.startswith(own.rstrip("/") + "/") else None

    def rename_into(self, target: Folder, source: str, path: str) -> bool | None:
        """Move a file to another local folder by renaming it; a link's file must be copied."""
        own = self._absolute(source)
        if not isinstance(target, LocalFolder) or os.path.islink(own):
            return None
        folder = target._make_folder(path)
        if os.stat(folder).st_dev != os.stat(own).st_dev:
            return None
        try:
            return rename_unless_taken(own, target._absolute(path))
        except OSError as error:
            if error.errno == errno.EXDEV:  # two mounts of one disk
                return None
            raise

    def copy_into(self, target: Folder, source: str, path: str) -> bool | None:
        """Return None: there is no server to do it."""
        return None

    def _absolute(self, path: str) -> str:
        return os.path.join(self.root, path) if path else self.root

    def _is_within(self, path: str) -> bool:
        """Return whether a path stays inside of the folder, also where it goes through links."""
        if not is_inside(path):
            return False
        real = os.path.realpath(self._absolute(path))
        return real.startswith(os.path.realpath(self.root).rstrip("/") + "/")

    def _make_folder(self, path: str) -> str:
        """Return the folder in which ``path`` is to be; make it, and refuse one that a link leads outside."""
        if not self._is_within(path):
            raise FolderError(f"{path!r} would be outside of {self}")
        folder = os.path.dirname(self._absolute(path))
        missing = []
        while not os.path.isdir(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for each in reversed(missing):
            with suppress(FileExistsError):
                os.mkdir(each)
            _sync_folder(os.path.dirname(each))
        return os.path.dirname(self._absolute(path))

    def _check(self, draft: Draft) -> None:
        if identity(draft.temporary) != draft.identity:
            raise FolderError(f"{draft.path!r} in {self} was written a second time meanwhile; it is tried again")


def _state(path: str, found: os.stat_result) -> FileState:
    return FileState(path=path, size=found.st_size, modified=found.st_mtime_ns, moved_in=found.st_ctime_ns)


def _mark(number: int, owner: str, digest: str) -> None:
    # Without marks a delivery that is repeated after a crash makes a second file; nothing else depends on them.
    with suppress(OSError, AttributeError):
        os.setxattr(number, CONTENT_MARK, digest.encode())
        os.setxattr(number, OWNER_MARK, owner.encode("utf-8", "surrogatepass"))


def _sync_folder(path: str) -> None:
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EOPNOTSUPP, errno.EBADF}:  # network filesystems cannot, and need not
            raise
    finally:
        os.close(number)
