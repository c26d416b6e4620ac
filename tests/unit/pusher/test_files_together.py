"""The attachments of a passenger appear together, or none of them does."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import fsspec  # type: ignore[import-untyped] # fsspec has no types
import pytest

from databus.client.log import Log
from databus.folders.folder import FolderError
from databus.passenger.attachment import Attachment
from databus.passenger.document import Document
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pusher.files import Files, FilesSettings

ID = UUID("12345678-1234-5678-1234-567812345678")


def _push(url: str, *attachments: Attachment, **settings: Any) -> None:
    pusher = Files(Log())
    pusher.settings = FilesSettings(url=url, **settings)
    pusher.push(PassengerQueueStatus(Document("order", ID, "SAP", list(attachments))))


def _broken(name: str) -> Attachment:
    def broken() -> BinaryIO:
        raise OSError("Disk quota exceeded")

    return Attachment.from_stream(name, broken)


def _text(name: str, content: str = "content") -> Attachment:
    return Attachment(name, text_content=content)


@pytest.fixture(name="url", params=["local", "memory"])
def _url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "local":
        yield f"file://{tmp_path}"
        return
    yield f"memory://{tmp_path.name}"
    fsspec.filesystem("memory").rm(f"/{tmp_path.name}", recursive=True)


def _names(url: str) -> list[str]:
    filesystem, root = fsspec.url_to_fs(url)
    return sorted(path.rpartition("/")[2] for path in filesystem.find(root))


@pytest.mark.parametrize("if_exists", ["rename", "replace", "skip", "fail"])
def test_a_part_that_cannot_be_written_holds_the_others(url: str, if_exists: str) -> None:
    for _ in range(3):
        with pytest.raises(FolderError, match=r"'scan\.pdf'.*quota"):
            _push(url, _text("order.xml"), _broken("scan.pdf"), if_exists=if_exists)
        assert _names(url) == []
    _push(url, _text("order.xml"), _text("scan.pdf"), if_exists=if_exists)
    assert _names(url) == ["order.xml", "scan.pdf"]


def test_attachments_of_one_name_do_not_disturb_each_other(url: str) -> None:
    _push(url, _text("a.xml", "1"), _text("a.xml", "2"))
    assert _names(url) == ["a (2).xml", "a.xml"]


def test_a_name_that_cannot_be_given_is_the_one_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def full(source: str, target: str) -> None:
        if target.endswith("b.xml"):
            raise OSError(28, "No space left on device")
        link(source, target)

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(FolderError, match=r"'b\.xml' cannot be written"):
        _push(str(tmp_path), _text("a.xml"), _text("b.xml"), _text("c.xml"))
    assert os.listdir(tmp_path) == ["a.xml"]


@pytest.fixture(name="few_files")
def _few_files() -> Iterator[None]:
    """A process that may open only fifty files more."""
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 50, most))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))


@pytest.mark.usefixtures("few_files")
def test_very_many_attachments_open_few_files(url: str) -> None:
    _push(url, *[_text(f"{number}.xml") for number in range(200)])
    assert len(_names(url)) == 200
