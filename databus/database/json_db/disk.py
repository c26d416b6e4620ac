"""Files and folders, written so that a reader sees the old or the new, and a power cut leaves one of the two."""

import ctypes
import errno
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

from databus.database.json_db.safe_names import OWN_PREFIX

PIECE = 1 << 18
"""How many bytes of a large file are in memory at once."""

_FIRST_READ = 1 << 14
"""Bytes of which most files have fewer."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW


class naming:  # noqa: N801 - used like contextlib.suppress; a generator would take longer than what it guards
    """Lets an OSError that happens within carry the path, which those of write and fsync do not."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Name the path in an error."""
        if isinstance(error, OSError) and error.filename is None:
            error.filename = self._path


def write_file(path: str, data: bytes, *, durable: bool = False, replacing: bool = False) -> os.stat_result:
    """Write a new file; a durable one has reached the disk, but its folder's entry may not have.

    Args:
        path: The file.
        data: All of its content.
        durable: Whether to wait for the disk.
        replacing: It will be renamed to take another's place. ext4 starts to write such a file to disk one by one,
            unless it has its place there already; that would take longer than all the rest.
    """
    fd = os.open(path, _NEW, 0o644)
    try:
        with naming(path):
            if replacing and data and not durable:
                os.posix_fallocate(fd, 0, len(data))
            write_all(fd, data)
            if durable:
                os.fsync(fd)
        return os.fstat(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Write all bytes, however many calls it takes."""
    written = os.write(fd, data)
    while written < len(data):
        written += os.write(fd, memoryview(data)[written:])


def temporary(path: str) -> str:
    """Return where the successor of a file is written before it takes its place."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/{OWN_PREFIX}new-{name[-180:]}"


def replace_file(path: str, data: bytes, *, durable: bool = False) -> os.stat_result:
    """Put a new content in the place of a file, or make the file; one that is durable survives a power cut."""
    new = temporary(path)
    try:
        stat = write_file(new, data, durable=durable, replacing=True)
        os.rename(new, path)
    except OSError:
        with suppress(OSError):
            os.unlink(new)
        raise
    if durable:
        sync_folder(os.path.dirname(path))
    return stat


def remove_unfinished(folder: str) -> None:
    """Remove the successors in a folder that a crash has kept from taking their places."""
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        for each in found:
            if each.name.startswith(f"{OWN_PREFIX}new-"):
                remove_file(each.path)


def sync_file(path: str) -> None:
    """Wait until the content of a file is on disk."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        with naming(path):
            os.fsync(fd)
    finally:
        os.close(fd)


def sync_folder(path: str) -> None:
    """Wait until the names in a folder are on disk."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with naming(path):
            os.fsync(fd)
    finally:
        os.close(fd)


@cache
def _syncfs() -> Callable[[int], int] | None:
    # Any descriptor's whole file system in one call: 256 entries cost one wait instead of 768.
    function: Callable[[int], int] | None = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    return function


def sync_file_system(fd: int, path: str) -> None:
    """Wait until everything written so far to the file system of an open descriptor is on disk."""
    syncfs = _syncfs()
    if syncfs is None:
        os.sync()
    elif syncfs(fd) != 0:
        code = ctypes.get_errno()
        if code != errno.ENOSYS:
            raise OSError(code, os.strerror(code), path)
        os.sync()


def read_file(path: str) -> bytes:
    """Return the content of a regular file; raises what ``open_file`` raises."""
    fd = _open_regular(path)
    try:
        with naming(path):
            return _read_all(fd, _FIRST_READ)
    finally:
        os.close(fd)


def _read_all(fd: int, size: int) -> bytes:
    """Read a file to its end, most in one piece: a file object would cost as much again as the reading."""
    content = os.read(fd, size)
    if len(content) < size:
        return content
    pieces = [content]
    while piece := os.read(fd, PIECE):
        pieces.append(piece)
    return b"".join(pieces)


def open_file(path: str) -> BinaryIO:
    """Open a regular file for reading; links are not followed, and a pipe is not waited for.

    Raises:
        OSError: Also where something else is there.
    """
    return os.fdopen(_open_regular(path), "rb")


def _open_regular(path: str) -> int:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        kind = os.fstat(fd).st_mode
        if S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not S_ISREG(kind):
            raise OSError(errno.EPERM, "it is no regular file; put one in its place", path)
    except BaseException:
        os.close(fd)
        raise
    return fd


def remove_file(path: str) -> None:
    """Remove a file if it is there."""
    with suppress(FileNotFoundError):
        os.unlink(path)


def remove_tree(path: str) -> None:
    """Remove a folder with all that is in it, or a file; what is not there is no error."""
    try:
        entries = list(os.scandir(path))
    except FileNotFoundError:
        return
    except NotADirectoryError:
        remove_file(path)
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            remove_tree(entry.path)
        else:
            remove_file(entry.path)
    with suppress(FileNotFoundError):
        os.rmdir(path)


def identity(path: str | int) -> tuple[int, int] | None:
    """Return what tells a file or folder, or an open descriptor's, from all others; None where none is there."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def make_folder(path: str) -> None:
    """Make a folder and those above it; what it makes survives a power cut."""
    if os.path.isdir(path):
        return
    parent = os.path.dirname(path)
    make_folder(parent or ".")
    with suppress(FileExistsError):
        os.mkdir(path)
    sync_folder(parent or ".")


def free_name(folder: str, name: str) -> str:
    """Return the path of a name in a folder, with a number where it is taken."""
    path, number = f"{folder}/{name}", 1
    while os.path.lexists(path):
        number += 1
        path = f"{folder}/{name}-{number}"
    return path
