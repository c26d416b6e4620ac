"""Configuration files of plug-ins, which operators may edit on the web page."""

import fcntl
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

from databus.compat import p_keywords
from databus.errors import NotFound


@p_keywords
class ExternalConfigFile:
    """A text file somewhere on this machine that belongs to a client.

    Args:
        client_id: The client.
        file_id: The name under which it is shown.
        path: Where it is.
    """

    def __init__(self, client_id: str, file_id: str, path: str) -> None:
        self.client_id = client_id
        self.file_id = file_id
        self.path = path
        self._turn = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Let one at a time change the file, from looking at it to having changed it: also of several processes.

        The folder is what is locked: the file itself is another one after each change, and a file for the lock alone
        would be litter beside the user's. Where that is not possible, as in some folders of other machines, only the
        threads that share this object take turns.
        """
        with self._turn:
            folder = _opened(os.path.dirname(os.path.realpath(self.path)))
            try:
                if folder is not None:
                    with suppress(OSError):
                        fcntl.flock(folder, fcntl.LOCK_EX)
                yield
            finally:
                if folder is not None:
                    os.close(folder)

    @property
    def file_content(self) -> str:
        """The content as it is in the file now; text in UTF-8, line ends as they are.

        Setting it replaces the file at once and durably: a reader sees the old or the new content, whole. If it cannot
        be written, the OSError is raised and the old content stays. A link stays a link, and the file keeps its mode.

        Raises:
            NotFound: There is no such file.
        """
        try:
            return Path(self.path).read_bytes().decode(errors="surrogateescape")
        except FileNotFoundError as error:
            raise NotFound(
                f"The external configuration file {self.file_id!r} of client {self.client_id} is not at {self.path}"
            ) from error

    @file_content.setter
    def file_content(self, content: str) -> None:
        _replace(Path(self.path).resolve(), content.encode(errors="surrogateescape"))


def _opened(folder: str) -> int | None:
    """Return the descriptor of a folder; None where there is none, or it may not be read."""
    with suppress(OSError):
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    return None


def _replace(path: Path, content: bytes) -> None:
    descriptor, temporary = mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, _mode(path))
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    _sync_folder(path.parent)


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0o640


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
