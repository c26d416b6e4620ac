"""The log of a drive, which plug-ins write to."""

import sys
from datetime import datetime
from enum import IntEnum
from uuid import UUID, uuid4

from databus.compat import p_keywords
from databus.errors import text_of
from databus.timestamps import LocalTime, as_utc, utc_now

_PASSED_OVER = frozenset({"databus.compat", __name__})


class MessageType(IntEnum):
    """How bad a message is; a higher number is worse."""

    undefined = 0
    info = 1
    warning = 2
    error = 3


@p_keywords
class LogEntry:
    """One line of a log.

    Args:
        message: What happened.
        timestamp: When; None means now, and a naive time is local time.
        type: How bad it is.
        source: The module that says it; the calling module where none is given.

    Attributes:
        utc_timestamp: When, as it is stored: aware, UTC.
    """

    __slots__ = ("message", "source", "type", "utc_timestamp")

    def __init__(
        self,
        message: str | None = None,
        timestamp: datetime | None = None,
        type: MessageType = MessageType.info,
        source: str | None = None,
    ) -> None:
        self.message = "" if message is None else message
        self.utc_timestamp = utc_now() if timestamp is None else as_utc(timestamp)
        self.type = type
        self.source = source or _calling_module()

    def __repr__(self) -> str:
        return f"LogEntry({self.message!r}, {self.utc_timestamp.isoformat()}, {self.type!r}, {self.source!r})"

    @property
    def timestamp(self) -> datetime:
        """When: aware, in local time, and comparable with naive local times."""
        return LocalTime.of(self.utc_timestamp)

    @timestamp.setter
    def timestamp(self, value: datetime) -> None:
        self.utc_timestamp = as_utc(value) if isinstance(value, datetime) else value  # type: ignore[redundant-expr] # a plug-in may set anything


@p_keywords
class Log:
    """The log of one drive.

    Any thread may append to it. Plug-ins may also append to :attr:`entries` directly; whatever they put there, the log
    can be rendered.
    """

    def __init__(self) -> None:
        self._guid = uuid4()
        self._creation_datetime = utc_now()
        self._entries: list[LogEntry] = []
        self._had_error = False

    @property
    def guid(self) -> UUID:
        """The unique id of the log."""
        return self._guid

    @property
    def creation_datetime(self) -> datetime:
        """When the log was begun: aware, in local time, and comparable with naive local times."""
        return LocalTime.of(self._creation_datetime)

    @property
    def entries(self) -> list[LogEntry]:
        """The entries that were not dropped yet: always the same list."""
        return self._entries

    @property
    def has_error(self) -> bool:
        """Whether an error was ever logged, also one that was dropped since."""
        if not self._had_error:
            self._had_error = any(_is_error(entry) for entry in self._entries[:])
        return self._had_error

    @property
    def entries_as_string(self) -> str:
        """The entries as lines ``[time][module][type] message``."""
        return "\n".join(entry_as_string(entry) for entry in self._entries[:])

    def append_text(self, entry: str | None, source: str | None = None) -> None:
        """Append an information.

        Args:
            entry: What happened.
            source: The module that says it; the calling module where none is given.
        """
        line = LogEntry.__new__(LogEntry)  # its __init__ would double the cost of the most frequent call of all
        line.message = "" if entry is None else entry
        line.utc_timestamp = utc_now()
        line.type = MessageType.info
        line.source = source or _calling_module()
        self._entries.append(line)

    def append_entry(self, entry: LogEntry) -> None:
        """Append an entry; one without a source gets the calling module's name."""
        if not getattr(entry, "source", True):
            entry.source = _calling_module()
        self._had_error = self._had_error or _is_error(entry)
        self._entries.append(entry)

    def drop_entries(self, count: int) -> None:
        """Remove the first ``count`` entries, which are written elsewhere by now.

        :attr:`has_error` remembers their errors.
        """
        self._had_error = self._had_error or any(_is_error(entry) for entry in self._entries[:count])
        del self._entries[:count]

    @staticmethod
    def build_entry_field_string(date: str, source: str, type: str, message: str) -> str:
        """Return one line ``[date][source][type] message``."""
        return f"[{date}][{source}][{type}] {message}"


def entry_as_string(thing: object) -> str:
    """Return the line of anything that stands in ``Log.entries``."""
    entry = sound_entry(thing)
    return Log.build_entry_field_string(entry.utc_timestamp.isoformat(), entry.source, entry.type.name, entry.message)


def sound_entry(thing: object) -> LogEntry:
    """Return what a plug-in put into ``Log.entries`` as an entry whose four attributes have their proper types.

    A sound entry comes back as it is. Anything else, such as a str, None, or an entry with an unknown type, becomes a
    new entry that says the same.
    """
    if not isinstance(thing, LogEntry):
        return LogEntry("" if thing is None else text_of(thing), None, MessageType.info, "unknown")
    if _is_sound(thing):
        return thing
    stamp = getattr(thing, "utc_timestamp", None)
    return LogEntry(
        text_of(getattr(thing, "message", "")),
        stamp if isinstance(stamp, datetime) else None,
        _message_type(getattr(thing, "type", None)),
        text_of(getattr(thing, "source", "")) or "unknown",
    )


def _is_sound(entry: LogEntry) -> bool:
    try:
        return (
            type(entry.message) is str
            and type(entry.type) is MessageType
            and type(entry.source) is str
            and getattr(entry.utc_timestamp, "tzinfo", None) is not None
        )
    except AttributeError:  # a subclass that never called our constructor
        return False


def shortened(text: str, longest: int) -> str:
    """Return the beginning and the end of a text that is longer than so many characters, and another one as it is."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[: half - 1]}…{text[-half:]}"


def _is_error(entry: object) -> bool:
    return getattr(entry, "type", None) == MessageType.error


def _message_type(value: object) -> MessageType:
    try:
        return MessageType[value] if isinstance(value, str) else MessageType(value)  # type: ignore[arg-type] # caught
    except (KeyError, ValueError):
        return MessageType.undefined


def _calling_module() -> str:
    frame = sys._getframe(2)  # a public way to a frame costs a hundred times as much
    while frame.f_globals.get("__name__") in _PASSED_OVER and frame.f_back is not None:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "unknown"))
