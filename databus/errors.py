"""Every error Databus raises on purpose, in one tree.

::

    DatabusError
    ├── ConfigError          something a person wrote is wrong; carries every problem at once
    ├── PluginError          a plug-in cannot be loaded, or broke its contract
    ├── NotFound             what was asked for is not there
    └── StoreError           the database could not do what it was asked
        ├── StoreOwned       another process owns it
        ├── StoreUnreachable the server or the owning process does not answer
        ├── Untakable        this is more than it takes, or none of what it takes
        ├── ConfigMissing    a client's config.json was taken away, and nothing else of the client
        ├── VersionConflict  a document was changed by somebody else in the meantime
        └── NewerSchema      the database was written by a newer Databus

Two signals that plug-ins may raise are no errors of ours: :class:`Retry` and :class:`Reject`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final


class DatabusError(Exception):
    """Base of the tree; its text is one sentence that a person can act on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in something a person wrote.

    Attributes:
        file: The file or document it stands in.
        path: The place inside it, such as ``passengers[0].pullers[1]``; empty for the whole file.
        reason: What is wrong and how to mend it.
    """

    file: str
    path: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        return f"{place}: {self.reason}"


class ConfigError(DatabusError):
    """A configuration cannot be used; ``problems`` holds all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PluginError(DatabusError):
    """A plug-in cannot be loaded, or broke its contract."""


class NotFound(DatabusError):
    """What was asked for is not there."""


class StoreError(DatabusError):
    """The database could not do what it was asked."""


class StoreOwned(StoreError):
    """Another process owns the database; the text says which."""


class StoreUnreachable(StoreError):
    """The database server, or the process that owns the database, does not answer."""


class Untakable(StoreError):
    """What was to be stored is too much for the server, or is none of what it takes, now and later."""


UNREACHABLE: Final = (StoreOwned, StoreUnreachable)
"""What a script waits for and tries again: nothing is wrong but that somebody does not answer."""


class ConfigMissing(StoreError):
    """A client's config.json was taken away by other hands, for a moment or for good; the client is there."""


class VersionConflict(StoreError):
    """A document was changed by somebody else since it was read; nothing was written."""


class NewerSchema(StoreError):
    """The database was written by a newer Databus than this one."""


class Retry(Exception):
    """Raised by a plug-in: not now, try this passenger again later.

    Args:
        delay: Seconds (or a timedelta) to wait; None means at the route's next drive.
        reason: Shown to operators as the step's last error.
    """

    def __init__(self, delay: float | timedelta | None = None, reason: str = "") -> None:
        self.delay = timedelta(seconds=delay) if isinstance(delay, (int, float)) else delay
        self.reason = reason
        super().__init__(reason or "retry later")


class Reject(Exception):
    """Raised by a plug-in: this passenger must not go on; it waits for an operator and is not retried.

    Args:
        reason: Shown to operators as the step's last error.
    """

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        super().__init__(reason or "rejected")


def text_of(thing: object) -> str:
    """Return the text of an object of a plug-in; of one that cannot be asked for it, what kind of object it is."""
    try:
        return str(thing)
    except BaseException as error:  # noqa: BLE001 - the border to foreign objects: their __str__ may even exit
        return f"<{type(thing).__name__} that cannot be shown: {type(error).__name__}>"
