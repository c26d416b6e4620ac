"""Versions of documents: a hash of the content, so that an edit by hand is a new version too."""

import os
import time

from databus.database.agreed import content_version
from databus.database.json_db.disk import read_file

_UNSURE = 2_000_000_000
"""Nanoseconds for which a file's time may stay the same although it is changed again."""

_UNREADABLE = "unreadable"

_Stat = tuple[int, int, int]


class VersionCache:
    """Tells versions of files without reading those that have not changed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Stat, str]] = {}

    def version(self, path: str) -> str:
        """Return the version of a file's content; empty where there is no such file.

        What is there but cannot be read as a file has a version too: whoever wants the content is told why.
        """
        try:
            stat = os.stat(path)
            key = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
            known = self._known.get(path)
            if known is not None and known[0] == key:
                return known[1]
            version = content_version(read_file(path))
        except (FileNotFoundError, NotADirectoryError):
            self._known.pop(path, None)
            return ""
        except OSError:
            return _UNREADABLE
        if abs(time.time_ns() - stat.st_mtime_ns) > _UNSURE:
            self._known[path] = (key, version)
        return version
