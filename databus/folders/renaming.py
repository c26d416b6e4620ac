"""Renaming on a local disk, never over another file.

A name appears with its content at once where a file can have two names, or where the system renames exclusively (Linux
does, on FAT, exFAT and Windows shares, too). Elsewhere an empty file has the name for a moment.
"""

import ctypes
import errno
import os
from collections.abc import Callable

CANNOT_HERE = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES, errno.EINVAL}
AT_FDCWD, RENAME_NOREPLACE = -100, 1
"""Of Linux: paths count from the working folder; rename nothing over a file."""


def rename_unless_taken(source: str, target: str) -> bool:
    """Rename a file within a filesystem, never over another; give back whether the name was free.

    After a crash in between it has both names, and a repetition ends it.

    Raises:
        OSError: It cannot be renamed.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        if identity(source) != identity(target):
            return False
    except OSError as error:
        if error.errno not in CANNOT_HERE:
            raise
        return _without_links(source, target)
    os.unlink(source)
    return True


def identity(path: str) -> tuple[int, int] | None:
    """Return what the filesystem calls the very file that has a path; None where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _without_links(source: str, target: str) -> bool:
    """Rename where files cannot have two names, as on FAT, exFAT and Windows shares."""
    try:
        return _rename_exclusively(source, target)
    except OSError as error:
        if error.errno not in CANNOT_HERE:
            raise
        return _rename_onto_placeholder(source, target)


def _rename_exclusively(source: str, target: str) -> bool:
    function: Callable[..., int] | None = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if function(AT_FDCWD, os.fsencode(source), AT_FDCWD, os.fsencode(target), RENAME_NOREPLACE) == 0:
        return True
    code = ctypes.get_errno()
    if code == errno.EEXIST:
        return False
    raise OSError(code, os.strerror(code), source)


def _rename_onto_placeholder(source: str, target: str) -> bool:
    """Rename where nothing better is left: an empty file of our own keeps the name until then."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC))
    except FileExistsError:
        return False
    try:
        os.replace(source, target)
    except OSError:
        os.unlink(target)
        raise
    return True
