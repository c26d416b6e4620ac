"""Pushes files: writes the attachments of a passenger into a folder."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property, partial
from shutil import copyfileobj
from typing import Any, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, field_validator

from databus.batches import batched
from databus.folders.folder import Folder, open_folder
from databus.folders.local import LocalFolder
from databus.folders.names import matches, numbered, safe_path
from databus.folders.placing import IfExists, Placing, Publish, Result
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pusher.abstract_pusher import AbstractPusher
from databus.pusher.name_template import NameTemplate

CHUNK = 1024 * 1024


class FilesSettings(BaseModel):
    """Where files are written, and under which names."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(
        min_length=1,
        description="The folder to write to: a path, or any URL that fsspec knows, such as s3://bucket/orders. It is "
        "made if it is not there.",
    )
    options: dict[str, Any] = Field(
        default_factory=dict, description="What fsspec needs to reach it, such as username and password."
    )
    name: str = Field(
        default="{name}",
        description="The name of each file, with / for folders: text with {name} (the attachment's name), {stem} and "
        "{suffix} (its two halves), {index} (1 for the first attachment), {external_id}, {internal_id}, "
        "{source_system}, and {pull_date}, which takes a format such as {pull_date:%Y/%m}, in UTC.",
    )
    folder_per_passenger: bool = Field(
        default=False, description="Put each passenger's files into a folder of their own, named by its external id."
    )
    if_exists: IfExists = Field(
        default="rename",
        description="What to do when the name is taken: rename (the next free one of a (2).xml, a (3).xml, …), "
        "replace, skip (leave what is there), or fail (try again at the next drive).",
    )
    include: list[str] = Field(default=["*"], description="Which attachments are written, such as *.xml.")
    exclude: list[str] = Field(default=[], description="Which of these are not, such as _props.json.")

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        NameTemplate(name)
        return name


class Files(AbstractPusher):
    """Writes each attachment of a passenger as a file.

    A file appears whole or not at all: it is written under a temporary name (``.databus-….part``), flushed to the disk,
    and renamed. On a server it is uploaded under such a name and renamed there. Content is streamed. Only on a local
    filesystem with neither hard links nor exclusive renaming an empty file has the name for a moment before.

    Whatever an attachment is called, its file stays in the folder: ``..`` and the like become ``_``, a name that is
    too long loses its middle. Folders in attachments' names become folders. Two attachments of one passenger never
    become one file.

    Where ``if_exists`` is not ``replace``, nothing of others is overwritten: on local disks by nobody, on servers by
    no other route of this process. No filesystem of fsspec promises more: two processes that push equal names to one
    server at the same moment may overwrite each other's files, unless the server refuses it.

    All attachments are written before the first of them gets its name (in a local folder 32 at a time), so that a try
    that fails leaves nothing for the next one to stumble over.

    If Databus is stopped before it could store that a passenger was pushed, it is pushed again: files that are there
    from the first time are recognized on local disks (by extended attributes, ``user.databus.owner`` and
    ``user.databus.sha256``) and not written twice. On servers, and on the few filesystems without such attributes,
    ``rename`` then makes a second copy; ``replace`` with a name that has ``{internal_id}`` in it avoids that.

    A file of the same passenger whose content is another one now, because a processor was mended, takes the place of
    the one of before there, unless somebody changed that one meanwhile.
    """

    Settings = FilesSettings
    settings: FilesSettings

    def push(self, passenger: PassengerQueueStatus) -> None:
        """Write the attachments.

        Raises:
            FolderError: One cannot be written. None appears then; of very many in a local folder, those of the groups
                before, and after a failure while they get their names, those that have them. Where the folder keeps
                marks, these are not written again.
        """
        document = passenger.passenger
        wanted = list(self._paths(document))
        if not wanted:
            self.log.append_text(f"{document.id_text} has no attachment to write", __name__)
            return
        for group in batched(wanted, self._folder.most_drafts):
            self._write(document, group)

    def _write(self, document: AbstractPassenger, group: list[tuple[Attachment, str]]) -> None:
        """Write some attachments, and let them appear when all are written."""
        with ExitStack() as drafts:
            ready = [(file, drafts.enter_context(self._prepared(document, file, path))) for file, path in group]
            for attachment, publish in ready:
                result, name = publish()
                self.log.append_text(f"{attachment.name!r} of {document.id_text}: {_said(result)} {name!r}", __name__)

    def _prepared(
        self, document: AbstractPassenger, attachment: Attachment, path: str
    ) -> AbstractContextManager[Publish]:
        owner = f"{document.internal_id}/{attachment.name}"
        return self._placing.prepared(path, owner, partial(_copy, attachment))

    def _paths(self, document: AbstractPassenger) -> Iterator[tuple[Attachment, str]]:
        """Give each attachment that is wanted, and its path, which no other one has."""
        taken = set()
        for index, attachment in enumerate(document.attachments, start=1):
            if not matches(attachment.name, self.settings.include) or matches(attachment.name, self.settings.exclude):
                continue
            path = safe_path(self._template.render(document, attachment.name, index), remote=self._is_remote)
            number = 1
            while numbered(path, number).casefold() in taken:
                number += 1
            taken.add(numbered(path, number).casefold())
            yield attachment, numbered(path, number)

    @cached_property
    def _template(self) -> NameTemplate:
        folder = "{external_id}/" if self.settings.folder_per_passenger else ""
        return NameTemplate(folder + self.settings.name)

    @cached_property
    def _placing(self) -> Placing:
        return Placing(self._folder, self.settings.if_exists)

    @cached_property
    def _folder(self) -> Folder:
        return open_folder(self.settings.url, self.settings.options)

    @property
    def _is_remote(self) -> bool:
        return not isinstance(self._folder, LocalFolder)


def _copy(attachment: Attachment, target: BinaryIO) -> None:
    with attachment.open() as source:
        copyfileobj(source, target, CHUNK)


def _said(result: Result) -> str:
    return {
        Result.WRITTEN: "written to",
        Result.CORRECTED: "written anew, because its content is another one now, to",
        Result.THERE_ALREADY: "was written before to",
        Result.SKIPPED: "left out, there is a",
    }[result]
