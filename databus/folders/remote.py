"""A folder behind an fsspec URL."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from errno import ENOENT, ENOTDIR
from functools import partial
from posixpath import dirname
from threading import Lock
from typing import Any, BinaryIO, cast
from unicodedata import normalize

from databus.errors import DatabusError
from databus.folders.folder import Draft, FileState, Folder, FolderError, temporary_name
from databus.folders.names import is_inside
from databus.folders.remote_stream import RemoteStream
from databus.folders.turns import NAMING

OBJECT_STORES = {"abfs", "abfss", "adl", "az", "gcs", "gs", "oci", "oss", "s3", "s3a"}
"""Here a folder without files is not there at all."""

_TIMES = ("mtime", "modified", "LastModified", "last_modified", "updated", "modify", "date_time", "created")
_CHECKSUMS = ("ETag", "etag", "md5Hash", "md5", "content_md5", "checksum", "crc32c", "CRC")


class RemoteFolder(Folder):
    """A folder that fsspec reaches.

    What a local disk does atomically is here as good as the filesystem is: a file is uploaded under a temporary name
    and then renamed, or copied where the filesystem cannot rename.

    No filesystem of fsspec promises to rename only where the name is free. So one thread of the process at a time looks
    whether a name is free, and takes it. Another process may come between; where the filesystem refuses to rename over
    its file, the name counts as taken.

    No file has marks: fsspec has none that all filesystems keep.

    Each filesystem raises errors of its own, many of which are no OSError. None gets out of here: callers see a
    FolderError, and what was raised as its cause.

    Args:
        url: The folder, such as ``sftp://server/orders`` or ``s3://bucket/orders``.
        options: What fsspec needs to reach it.
    """

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        super().__init__(url)
        from fsspec.core import url_to_fs  # type: ignore[import-untyped] # fsspec has no types

        with self._border(f"Folder {self} cannot be reached"):
            # A connection of our own: a shared one that broke would stay broken.
            found, root = url_to_fs(url, skip_instance_cache=True, **options)
        self._fs: Any = found  # fsspec has no types
        self._root = str(root).rstrip("/")
        protocol = found.protocol if isinstance(found.protocol, str) else found.protocol[0]
        # What the filesystem was made with includes what it took from the URL, such as the server.
        self._place = (protocol, repr(sorted(found.storage_options.items())))
        self._server = (protocol, str(found.storage_options.get("host", "")))

    def files(self, *, recursive: bool, skip: Callable[[str], bool], trouble: Callable[[str], None]) -> list[FileState]:
        """Return the files in the folder; see :class:`Folder`."""
        with self._border(f"Folder {self} cannot be read"):
            self._fs.invalidate_cache()
            try:
                found = self._fs.find(self._root, maxdepth=None if recursive else 1, detail=True)
                if not found and self._place[0] not in OBJECT_STORES and not self._fs.isdir(self._root or "/"):
                    raise FileNotFoundError
            except FileNotFoundError as error:
                raise FolderError(f"Folder {self} does not exist: make it, or correct the setting") from error
        paths = {self._relative(name): info for name, info in found.items()}
        return [self._described(path, info) for path, info in paths.items() if _wanted(path, info, skip)]

    def state(self, path: str) -> FileState | None:
        """Return how a file is now; see :class:`Folder`."""
        if not is_inside(path):
            return None
        info = self._info(path)
        return _state(path, info) if info is not None and info.get("type", "file") == "file" else None

    def open(self, path: str) -> BinaryIO:
        """Return a stream of a file's content."""
        border = partial(self._border, f"{path!r} cannot be read from {self}")
        with border():
            try:
                return self._stream(self._absolute(path), "rb", border)
            except FileNotFoundError as error:
                raise FolderError(f"File {path!r} is not in {self} any more") from error

    def delete(self, path: str) -> None:
        """Delete a file. One that is gone already is no error."""
        with self._border(f"{path!r} cannot be deleted from {self}"):
            try:
                self._fs.rm_file(self._absolute(path))
            except Exception:  # FTP says of a file that is gone what it says of one that must not be deleted
                if self.exists(path):
                    raise

    def exists(self, path: str) -> bool:
        """Return whether anything has that path."""
        return self._info(path) is not None

    def names_beside(self, path: str) -> list[str]:
        """Return the names in the folder in which ``path`` would be."""
        with self._border(f"The names beside {path!r} in {self} cannot be read"):
            self._fs.invalidate_cache()
            try:
                return [name.rpartition("/")[2] for name in self._fs.ls(dirname(self._absolute(path)), detail=False)]
            except FileNotFoundError:
                return []

    @contextmanager
    def written(self, path: str, copy: Callable[[BinaryIO], object], owner: str) -> Iterator[Draft]:
        """Upload a file under a temporary name beside ``path``; see :class:`Folder`."""
        if not is_inside(path):
            raise FolderError(f"{path!r} would be outside of {self}")
        folder = dirname(self._absolute(path))
        draft = Draft(path=path, temporary=f"{folder}/{temporary_name(owner, path)}")
        border = partial(self._border, f"{path!r} cannot be written to {self}")
        try:
            with border():
                self._make_folder(folder)
                stream = self._stream(draft.temporary, "wb", border)
            with stream:
                copy(stream)
            yield draft
        finally:
            if not draft.has_name:
                with suppress(FolderError), border():  # what is left of it is hidden, and the next try overwrites it
                    self._fs.rm_file(draft.temporary)

    def publish(self, draft: Draft, path: str) -> bool:
        """Give a draft its name unless that is taken; see :class:`Folder`."""
        with self._border(f"{path!r} cannot be written to {self}"):
            return self._take(path, partial(self._name, draft))

    def replace(self, draft: Draft, path: str) -> None:
        """Give a draft its name in place of what may have it; see :class:`Folder`."""
        target = self._absolute(path)
        with self._border(f"{path!r} cannot be written to {self}"), self._turn(path):
            try:
                self._name(draft, target)
            except Exception:  # a server that does not rename over a file, and says so in words of its own
                if not self.exists(path):
                    raise
                self._fs.rm_file(target)
                self._name(draft, target)

    def holds(self, other: Folder) -> str | None:
        """Return the path of another folder inside of this one; see :class:`Folder`."""
        if not isinstance(other, RemoteFolder) or self._place != other._place:
            return None
        if self._root == other._root:
            return ""
        return other._root.removeprefix(self._root + "/") if other._root.startswith(self._root + "/") else None

    def rename_into(self, target: Folder, source: str, path: str) -> bool | None:
        """Move a file to another folder of the same server, if that can rename; see :class:`Folder`."""
        return self._carried(target, source, path, self._fs.mv) if self._can_rename else None

    def copy_into(self, target: Folder, source: str, path: str) -> bool | None:
        """Let the server copy a file to another folder of its own; see :class:`Folder`."""
        return self._carried(target, source, path, self._fs.cp_file)

    def _carried(self, target: Folder, source: str, path: str, carry: Callable[[str, str], object]) -> bool | None:
        if not isinstance(target, RemoteFolder) or self._place != target._place:
            return None
        with self._border(f"{source!r} cannot be moved from {self} to {target}"):
            self._make_folder(dirname(target._absolute(path)))
            return target._take(path, partial(carry, self._absolute(source)))

    def _take(self, path: str, take: Callable[[str], object]) -> bool:
        """Take a name that is free; give back whether it was."""
        with self._turn(path):
            if self.exists(path):
                return False
            try:
                take(self._absolute(path))
            except FileExistsError:  # another process was quicker, and this filesystem overwrites nothing
                if not self.exists(path):
                    raise
                return False
            return True

    def _turn(self, path: str) -> Lock:
        """Return the lock of those who take that name: on this server, whoever they log in as.

        Names that some servers take for one have one lock. It is not one for the whole folder, because a store may need
        seconds to copy a large file to its name.
        """
        return NAMING.of(*self._server, normalize("NFC", self._absolute(path)).casefold())

    def _make_folder(self, absolute: str) -> None:
        try:
            self._fs.makedirs(absolute, exist_ok=True)
        except Exception:  # noqa: BLE001 - a border as below: each filesystem says in its own way that it is there
            # Another thread made it, or one above it, after fsspec looked. Now it looks anew, and any trouble is told.
            self._fs.invalidate_cache()
            self._fs.makedirs(absolute, exist_ok=True)

    def _name(self, draft: Draft, target: str) -> None:
        if self._can_rename:
            self._fs.mv(draft.temporary, target)
            draft.has_name = True
        else:  # what stays under the temporary name `written` deletes, and that may fail: the file is there
            self._fs.cp_file(draft.temporary, target)

    @property
    def _can_rename(self) -> bool:
        """Whether the filesystem has a way of its own; that of fsspec copies, and takes names for patterns."""
        from fsspec.spec import AbstractFileSystem  # type: ignore[import-untyped] # fsspec has no types

        return type(self._fs).mv is not AbstractFileSystem.mv

    @contextmanager
    def _border(self, trouble: str) -> Iterator[None]:
        """Turn what the filesystem raises into a FolderError that begins with ``trouble``."""
        try:
            yield
        except DatabusError:
            raise
        except Exception as error:  # the border to fsspec, whose filesystems raise what their libraries raise
            raise FolderError(f"{trouble}: {type(error).__name__}: {error}") from error

    def _info(self, path: str) -> Mapping[str, Any] | None:
        """Return what the filesystem tells about a path; None where there is nothing.

        fsspec's own ``exists`` takes every error for an absence, also a connection that broke.
        """
        with self._border(f"{path!r} cannot be looked at in {self}"):
            self._fs.invalidate_cache()
            try:
                return cast("Mapping[str, Any]", self._fs.info(self._absolute(path)))
            except OSError as error:
                if not _is_absence(error):
                    raise
                return None

    def _stream(self, absolute: str, mode: str, border: Callable[[], AbstractContextManager[None]]) -> BinaryIO:
        return cast("BinaryIO", RemoteStream(self._fs.open(absolute, mode), border))

    def _absolute(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _relative(self, name: str) -> str:
        return str(name).removeprefix(self._root).lstrip("/")

    def _described(self, path: str, info: Mapping[str, Any]) -> FileState:
        """Return a listed file's state; where the list does not say when it changed, ask once more."""
        state = _state(path, info)
        if state.modified is None and not state.checksum:
            return self.state(path) or state
        return state


def _is_absence(error: OSError) -> bool:
    # Some libraries set the number, but are not of Python's class for it.
    return isinstance(error, FileNotFoundError | NotADirectoryError) or error.errno in {ENOENT, ENOTDIR}


def _wanted(path: str, info: Mapping[str, Any], skip: Callable[[str], bool]) -> bool:
    parts = path.split("/")
    ways = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    return info.get("type", "file") == "file" and is_inside(path) and not any(skip(way) for way in ways)


def _state(path: str, info: Mapping[str, Any]) -> FileState:
    size = info.get("size")
    checksum = next((str(info[key]) for key in _CHECKSUMS if info.get(key)), "")
    modified = next((_nanoseconds(info[key]) for key in _TIMES if info.get(key)), None)
    return FileState(
        path=path,
        size=size if isinstance(size, int) else None,
        modified=modified,
        checksum=checksum.strip('"').replace("@", "_"),
    )


def _nanoseconds(value: object) -> int | None:
    """Return the time of a file as one of the ways in which filesystems say it."""
    if isinstance(value, int | float):
        return round(value * 1_000_000) * 1_000
    if isinstance(value, tuple):  # of a ZIP file
        value = datetime(*value[:6]).replace(tzinfo=UTC)  # noqa: DTZ001 - the zone comes in the same breath
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, datetime):
        return None
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1_000_000) * 1_000


def _parsed(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, lambda given: datetime.strptime(given, "%Y%m%d%H%M%S").replace(tzinfo=UTC)):
        with suppress(ValueError):
            return read(text)
    return None
