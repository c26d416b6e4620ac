"""Pulls files: each file of a folder becomes a passenger."""

import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from databus.client.log import LogEntry, MessageType
from databus.errors import DatabusError
from databus.folders.folder import FileState, Folder, open_folder
from databus.folders.moving import move
from databus.folders.names import matches, without_credentials
from databus.folders.unchanged import FileChanged
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.plugin import load_plugin
from databus.puller.abstract_puller import AbstractPuller, AbstractPullerError
from databus.puller.file_contents import packed, unpacked
from databus.puller.file_memory import FileMemory

IGNORED = [".*", "~$*", "*.crdownload", "*.filepart", "*.part", "*.partial", "*.swp", "*.tmp", "*~"]
"""Names that programs give to files they have not finished."""
CHANGED = "has changed since it was pulled: it stays, and is pulled as a new passenger"


class Move(BaseModel):
    """Where files go when they are seated."""

    model_config = ConfigDict(extra="forbid")

    move: str = Field(min_length=1, description="The folder or URL to move them to; it is made if it is not there.")


class FilesSettings(BaseModel):
    """Which files are pulled, and what becomes of them."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(
        min_length=1,
        description="The folder to pull from: a path, or any URL that fsspec knows, such as sftp://server/orders.",
    )
    options: dict[str, Any] = Field(
        default_factory=dict, description="What fsspec needs to reach it, such as username and password."
    )
    pattern: str | list[str] = Field(
        default="*",
        description="Which files: *.xml, or a list of such. Capital and small letters are the same. A pattern with a / "
        "is about the path in the folder, where ** stands for any folders.",
    )
    ignore: list[str] = Field(
        default=IGNORED,
        description="Files and folders to leave alone; by default hidden ones and those that programs have not "
        "finished yet.",
    )
    recursive: bool = Field(default=False, description="Also from the folders in it.")
    minimum_age: float = Field(
        default=5,
        ge=0,
        description="Seconds since its last change after which a file is pulled, so that half-written ones are left "
        "alone.",
    )
    unpack: list[Literal["eml", "zip"]] = Field(
        default=[],
        description="Files to open: eml makes headers, bodies and files of an e-mail the attachments; zip the files "
        "in it. Others, and those that cannot be opened, are attached as they are.",
    )
    unpack_limit: Annotated[float, Field(gt=0)] = Field(
        default=64, description="An e-mail of more MiB than this is not opened, because that takes as much memory."
    )
    passenger: str = Field(
        default="databus.passenger.document",
        description="The passenger type to make: the name of the route, such as databus.passenger.email.",
    )
    attachment_name: Literal["path", "name"] = Field(
        default="path", description="Name attachments by the file's path in the folder, or by its name alone."
    )
    when_seated: Move | Literal["delete", "keep"] = Field(
        description='What becomes of a file that is safely in the queue: {"move": "folder"}, "delete", or "keep", '
        "which remembers it in memory."
    )
    memory: str | None = Field(
        default=None, description='For "keep": a file of Databus\'s own, in which it remembers what it has pulled.'
    )
    maximum: int | None = Field(default=None, ge=1, description="The most files for each drive; the oldest come first.")
    source_system: str = Field(
        default="", description="The source system of the passengers; the folder where none is given."
    )

    @model_validator(mode="after")
    def _check(self) -> "FilesSettings":
        if self.when_seated == "keep" and not self.memory:
            raise ValueError('"when_seated": "keep" needs "memory": the path of a file to remember pulled files in')
        if self.when_seated != "keep" and self.memory:
            raise ValueError('"memory" is only for "when_seated": "keep"')
        if isinstance(self.when_seated, Move) and self.when_seated.move.rstrip("/") == self.url.rstrip("/"):
            raise ValueError("files cannot be moved to the folder they are pulled from")
        return self


class Files(AbstractPuller):
    """Pulls each file of a folder as a passenger with that file, or what is in it, as its attachments.

    The external id is the file's path in the folder with its time and size (``a/b.xml@2026-01-31T08:00:00.0Z,1200``):
    the same file is pulled once, a new file of the same name is a new passenger. Oldest files come first. Content is
    streamed, so a file may be larger than the memory.

    Left alone are files that changed a moment ago, that look unfinished, that are no plain files, and links that lead
    out of the folder. A file that changes or vanishes between being listed and being stored is refused, alone, with an
    error; the new one is pulled later.

    What is moved, deleted or remembered is what was stored: a file that was changed meanwhile stays, also while it was
    copied to where it is moved. (One that comes between the last look and the deletion or renaming cannot be told.)
    Moving never overwrites: a second ``a.xml`` becomes ``a (2).xml``, and another one has the number after the highest.
    """

    Settings = FilesSettings
    settings: FilesSettings
    belongs_to: tuple[str, str] = ("", "")

    def pull(self) -> Iterator[AbstractPassenger]:
        """Give a passenger for each file that waits."""
        yield from self._passengers(peek=False)

    def peek(self) -> Iterator[AbstractPassenger]:
        """Give the same passengers without reading or changing any file."""
        yield from self._passengers(peek=True)

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """Move, delete or remember the files of these passengers.

        Raises:
            AbstractPullerError: For some that was not possible; it was done for all others.
        """
        problems = []
        kept: list[FileState] = []
        for passenger in seated_passengers:
            try:
                kept += self._leave(passenger)
            except (OSError, DatabusError) as error:
                problems.append(f"{passenger.external_id}: {error}")
        if kept:
            self._memory.remember(kept)
        if problems:
            raise AbstractPullerError("; ".join(problems))

    def _passengers(self, *, peek: bool) -> Iterator[AbstractPassenger]:
        passenger_class = load_plugin(self.settings.passenger, AbstractPassenger)
        given = 0
        for state in self._waiting(peek=peek):
            if given == self.settings.maximum:
                return
            if not self._folder.may_read(state.path):  # else it would take another one's place, at every drive
                self._say(f"{state.path!r} may not be read by this user: let it, or take it away", MessageType.error)
                continue
            try:
                attachments = packed(self._folder, state, self._attachment_name(state))
                if not peek:
                    attachments = unpacked(attachments, self.settings.unpack, self.settings.unpack_limit, self._warn)
            except (OSError, DatabusError) as error:
                self._say(f"{state.path!r} cannot be pulled now: {error}", MessageType.error)
                continue
            passenger = passenger_class()
            passenger.external_id = f"{state.path}@{state.version}"
            passenger.source_system = self.settings.source_system or _source_system(self.settings.url)
            passenger.puller_module = type(self).__module__
            passenger.attachments = attachments
            given += 1
            yield passenger

    def _attachment_name(self, state: FileState) -> str:
        return state.path if self.settings.attachment_name == "path" else state.path.rpartition("/")[2]

    def _waiting(self, *, peek: bool) -> list[FileState]:
        """Return the files that wait, oldest first."""
        troubles: list[str] = []
        found = self._folder.files(recursive=self.settings.recursive, skip=self._skips, trouble=troubles.append)
        for trouble in troubles:
            self._say(trouble, MessageType.error)
        if self.settings.memory is not None:
            if not peek and not troubles:
                self._memory.forget_all_but(found)
            found = self._memory.unknown(found)
        patterns = [self.settings.pattern] if isinstance(self.settings.pattern, str) else self.settings.pattern
        waiting = [state for state in found if matches(state.path, patterns) and self._is_old_enough(state)]
        return sorted(waiting, key=lambda state: (state.modified or 0, state.path))

    def _is_old_enough(self, state: FileState) -> bool:
        now = time.time_ns()
        changed = state.modified
        if changed is not None and changed > now and state.moved_in is not None:
            changed = state.moved_in  # a date in the future says nothing about how long the file has been here
        if changed is None or not self.settings.minimum_age:
            return True
        if changed > now:
            self._warn(f"{state.path!r} waits, because its date is in the future: do the clocks differ?")
        return changed <= now - self.settings.minimum_age * 1_000_000_000

    def _skips(self, path: str) -> bool:
        return path in self._own_paths or matches(path, self.settings.ignore)

    def _leave(self, passenger: AbstractPassenger) -> Iterable[FileState]:
        """Do what is to be done with a seated passenger's file; give it back if it is to be remembered."""
        path, _, version = passenger.external_id.rpartition("@")
        state = self._folder.state(path)
        if state is None:
            return []  # gone already
        if state.version != version:
            self._say(f"{path!r} {CHANGED}")
            return []
        match self.settings.when_seated:
            case "keep":
                return [state]
            case "delete":
                self._folder.delete(path)
                self._say(f"Deleted {path!r}")
            case Move():
                self._move(state)
        return []

    def _move(self, state: FileState) -> None:
        assert self._target is not None  # there is one where files are moved
        try:
            moved = move(self._folder, state, self._target)
        except FileChanged:
            self._say(f"{state.path!r} {CHANGED}")
            return
        done = "Copied" if moved.another_stays else "Moved"
        self._say(f"{done} {state.path!r} to {moved.path!r} in {self._target}")
        if moved.another_stays:
            self._say(f"{state.path!r} {CHANGED}")

    @cached_property
    def _folder(self) -> Folder:
        return open_folder(self.settings.url, self.settings.options)

    @cached_property
    def _target(self) -> Folder | None:
        if not isinstance(self.settings.when_seated, Move):
            return None
        target = self.settings.when_seated.move
        return open_folder(target, self._target_options(target))

    def _target_options(self, target: str) -> dict[str, Any]:
        """Return the options for the same server; another one is reached without."""
        return self.settings.options if _server(target) == _server(self.settings.url) else {}

    @cached_property
    def _memory(self) -> FileMemory:
        assert self.settings.memory is not None  # the settings say so where it is needed
        return FileMemory(self.settings.memory, self.belongs_to, self.name, _source_system(self.settings.url))

    @cached_property
    def _own_paths(self) -> set[str]:
        """What stands in the folder but is ours: where files are moved to, and the memory."""
        paths = set()
        if self._target is not None and (inside := self._folder.holds(self._target)):
            paths.add(inside)
        if self.settings.memory is not None:
            beside = open_folder(self.settings.memory, {})
            if inside := self._folder.holds(beside):
                paths |= {inside, f"{inside}-journal", f"{inside}-wal", f"{inside}-shm"}
        return paths

    def _warn(self, message: str) -> None:
        self._say(message, MessageType.warning)

    def _say(self, message: str, type: MessageType = MessageType.info) -> None:
        self.log.append_entry(LogEntry(message, type=type, source=__name__))


def _source_system(folder: str) -> str:
    return without_credentials(folder).rstrip("/") or folder


def _server(url: str) -> str:
    """Return protocol and server of a URL; empty for a path."""
    protocol, separator, rest = url.partition("://")
    return f"{protocol}://{rest.partition('/')[0]}" if separator else ""
