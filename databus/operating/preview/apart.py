"""Looking at contents in a process of their own, which has little memory and little time.

Some contents ask for more of both than anybody has, such as a workbook of 5 KB with one cell at each of its ends: what
reads them must not take the process down that drives.
"""

import json
import subprocess
import sys

from msgspec import ValidationError, convert

from databus.operating.preview.records import Kind, Preview

MODULE = "databus.operating.preview.child"

SECONDS = 10.0
"""For one content, the start of the process included."""


class Apart:
    """Looks at contents elsewhere.

    Args:
        seconds: For one content.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds

    def look(self, kind: Kind, content: bytes, *, is_whole: bool) -> Preview:
        """Return what is shown of a content; where it cannot be looked at, that and why."""
        # Without -P a file of the working folder could stand in for a module of the library.
        command = [sys.executable, "-P", "-B", "-m", MODULE, kind.value, "whole" if is_whole else "beginning"]
        try:
            ended = subprocess.run(  # noqa: S603 - our own module, and no word of the content is in the command
                command,
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self._seconds,
                check=True,
            )
            return convert(json.loads(ended.stdout), Preview)
        except subprocess.TimeoutExpired:
            return not_shown(f"It takes longer than {self._seconds:g} seconds to read: download it to look at it.")
        except (subprocess.CalledProcessError, OSError, ValueError, ValidationError):
            return not_shown("It cannot be read, or only with more memory than it gets: download it to look at it.")


def not_shown(why: str) -> Preview:
    """Return the preview of what is not shown."""
    return Preview(kind=Kind.OTHER, notes=[why])
