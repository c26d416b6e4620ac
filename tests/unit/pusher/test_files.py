"""Pushing files."""

import io
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from databus.client.log import Log
from databus.folders.folder import FolderError, open_folder
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.document import Document
from databus.plugin import load_plugin
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pusher.abstract_pusher import AbstractPusher
from databus.pusher.files import Files, FilesSettings

ID = UUID("12345678-1234-5678-1234-567812345678")
MOMENT = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)


def _pusher(outbox: Path | str, **settings: Any) -> Files:
    pusher = Files(Log())
    pusher.settings = FilesSettings(url=str(outbox), **settings)
    return pusher


def _document(*files: tuple[str, bytes], internal_id: UUID | None = ID) -> PassengerQueueStatus:
    attachments = [Attachment(name, AttachmentFormat.binary, binary_content=content) for name, content in files]
    return PassengerQueueStatus(Document("sub/a.eml@1", internal_id, "SAP/1", attachments, pull_datetime=MOMENT))


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_it_is_a_plug_in() -> None:
    assert load_plugin("databus.pusher.files", AbstractPusher) is Files


def test_attachments_become_files(tmp_path: Path) -> None:
    passenger = _document(("a.bin", bytes(range(256))), ("sub/b", b""))
    passenger.passenger.attachments.append(Attachment("ü.txt", text_content="Grüße\r\n"))
    _pusher(tmp_path / "far" / "out").push(passenger)
    assert _tree(tmp_path / "far" / "out") == {
        "a.bin": bytes(range(256)),
        "sub/b": b"",
        "ü.txt": "Grüße\r\n".encode(),
    }


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{name}", "in/x.tar.gz"),
        ("{stem}-{index:03}{suffix}", "in/x.tar-001.gz"),
        ("{pull_date}/{name}", "2026-01-31/in/x.tar.gz"),
        ("{pull_date:%Y/%m}/{source_system}{suffix}", "2026/01/SAP_1.gz"),
        ("{external_id}/x", "sub_a.eml@1/x"),
        ("{internal_id}", str(ID)),
        ("{{a}}", "{a}"),
        ("fixed", "fixed"),
    ],
)
def test_name_templates(tmp_path: Path, template: str, expected: str) -> None:
    _pusher(tmp_path, name=template).push(_document(("in/x.tar.gz", b"1")))
    assert list(_tree(tmp_path)) == [expected]


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{client}", "no placeholder {client}; there are {name}"),
        ("{}", "no placeholder {}"),
        ("{name.__class__}", "no placeholder"),
        ("{name[0]}", "no placeholder"),
        ("{name!r}", "takes no format"),
        ("{name:>10}", "takes no format"),
        ("{index:x_y}", "format"),
        ("{name", "expected"),
        ("", "empty"),
        ("/", "empty"),
    ],
)
def test_wrong_templates(template: str, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FilesSettings(url="out", name=template)
    assert reason.lower() in str(caught.value).lower()


def test_wrong_settings() -> None:
    with pytest.raises(ValidationError, match="if_exists"):
        FilesSettings.model_validate({"url": "out", "if_exists": "explode"})
    with pytest.raises(ValidationError, match="colour"):
        FilesSettings.model_validate({"url": "out", "colour": 1})


def test_a_folder_for_each_passenger_and_chosen_attachments(tmp_path: Path) -> None:
    files = [("_props.json", b"{}"), ("a.XML", b"<a/>"), ("b.pdf", b"PDF")]
    _pusher(tmp_path, folder_per_passenger=True, include=["*.xml", "*.json"], exclude=["_*"]).push(_document(*files))
    assert _tree(tmp_path) == {"sub_a.eml@1/a.XML": b"<a/>"}


def test_nothing_to_write_is_said(tmp_path: Path) -> None:
    pusher = _pusher(tmp_path, include=["*.xml"])
    pusher.push(_document(("a.pdf", b"")))
    assert "no attachment to write" in pusher.log.entries_as_string
    _pusher("nope://host/x", include=["*.xml"]).push(_document(("a.pdf", b"")))  # nobody needs to be reached for it


def test_two_attachments_never_become_one_file(tmp_path: Path) -> None:
    files = [("a.xml", b"1"), ("b.xml", b"2"), ("A.xml", b"3")]
    _pusher(tmp_path / "1", name="x{suffix}", if_exists="replace").push(_document(*files))
    assert _tree(tmp_path / "1") == {"x.xml": b"1", "x (2).xml": b"2", "x (3).xml": b"3"}
    _pusher(tmp_path / "2", if_exists="replace").push(_document(("../a", b"1"), ("__/a", b"2")))
    assert sorted(_tree(tmp_path / "2").values()) == [b"1", b"2"]


def test_what_happens_to_taken_names(tmp_path: Path) -> None:
    def push(content: bytes, if_exists: str) -> dict[str, bytes]:
        _pusher(tmp_path, if_exists=if_exists).push(_document(("a.xml", content), internal_id=None))
        return _tree(tmp_path)

    assert push(b"1", "fail") == {"a.xml": b"1"}
    assert push(b"1", "rename") == {"a.xml": b"1", "a (2).xml": b"1"}  # another passenger, though it looks the same
    assert push(b"3", "skip") == {"a.xml": b"1", "a (2).xml": b"1"}
    assert push(b"4", "replace") == {"a.xml": b"4", "a (2).xml": b"1"}
    with pytest.raises(FolderError, match=r"'a\.xml' is already in"):
        push(b"5", "fail")


@pytest.mark.parametrize("if_exists", ["rename", "replace", "skip", "fail"])
def test_a_repeated_push_makes_no_second_copy(tmp_path: Path, if_exists: str) -> None:
    probe = tmp_path / "probe"
    probe.touch()
    try:
        os.setxattr(probe, "user.databus.probe", b"1")
    except OSError:
        pytest.skip("this filesystem keeps no extended attributes")
    outbox = tmp_path / "out"
    outbox.mkdir()
    if if_exists == "rename":
        (outbox / "a.xml").write_bytes(b"older")
    before = _tree(outbox)
    passenger = _document(("a.xml", b"1"), ("b.xml", b"2"))
    for _ in range(3):
        _pusher(outbox, if_exists=if_exists).push(passenger)
    new = {"a (2).xml": b"1"} if before else {"a.xml": b"1"}
    assert _tree(outbox) == {**before, **new, "b.xml": b"2"}


def test_a_large_content_is_read_once_where_nothing_was_before(tmp_path: Path) -> None:
    opened: list[str] = []

    def content() -> io.BytesIO:
        opened.append("once")
        return io.BytesIO(b"large")

    passenger = _document()
    passenger.passenger.attachments = [Attachment.from_stream("a", content)]
    _pusher(tmp_path).push(passenger)
    assert opened == ["once"]


def test_a_corrected_document_is_written_anew(tmp_path: Path) -> None:
    probe = open_folder(str(tmp_path), {})
    _pusher(tmp_path).push(_document(("a.xml", b"wrong"), ("b.xml", b"2")))
    if probe.owner("a.xml") == "":
        pytest.skip("this filesystem keeps no extended attributes")
    pusher = _pusher(tmp_path)
    pusher.push(_document(("a.xml", b"right"), ("b.xml", b"2")))
    assert _tree(tmp_path) == {"a.xml": b"right", "b.xml": b"2"}
    assert "written anew, because its content is another one now, to 'a.xml'" in pusher.log.entries_as_string


def test_thousands_of_equal_names(tmp_path: Path) -> None:
    pusher = _pusher(tmp_path)
    for number in range(2000):
        pusher.push(_document(("_body.txt", str(number).encode()), internal_id=None))
    assert sorted(_tree(tmp_path).values()) == sorted(str(number).encode() for number in range(2000))


@given(st.lists(st.text(st.characters(codec=None), max_size=300), max_size=4, unique=True))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_no_name_leaves_the_folder(tmp_path: Path, names: list[str]) -> None:
    outbox = tmp_path / "out" / os.urandom(8).hex()
    outside = [entry for entry in os.listdir(tmp_path) if entry != "out"]
    contents = {name: os.urandom(8) for name in names}
    try:
        _pusher(outbox).push(_document(*contents.items()))
    except FolderError:
        assert any("/" in name for name in names)  # one is a folder, and another one a file of the same name
        return
    assert sorted(_tree(outbox).values()) == sorted(contents.values()) if names else not outbox.exists()
    assert [entry for entry in os.listdir(tmp_path) if entry != "out"] == outside


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(FolderError, match=r"'a/b' cannot be written"):
        _pusher(tmp_path).push(_document(("a/b", b"")))


def test_a_server(tmp_path: Path) -> None:
    url = f"memory://{tmp_path.name}"
    for _ in range(2):
        _pusher(url, name="{internal_id}/{name}", if_exists="replace").push(
            _document(("..\\a.xml", b"1"), ("b/c", b"2"))
        )
    _pusher(url).push(_document(("d", b"3")))
    _pusher(url).push(_document(("d", b"4"), internal_id=None))
    folder = open_folder(url, {})
    states = folder.files(recursive=True, skip=lambda path: False, trouble=pytest.fail)
    assert sorted(state.path for state in states) == [f"{ID}/.._a.xml", f"{ID}/b/c", "d", "d (2)"]


def test_a_large_attachment_is_never_in_memory(tmp_path: Path) -> None:
    size = 1 << 28

    class Zeros(io.RawIOBase):
        left = size

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # Buffer is of Python 3.12
            count = min(len(buffer), self.left)
            self.left -= count
            return count

    passenger = _document()
    passenger.passenger.attachments = [Attachment.from_stream("zeros", lambda: io.BufferedReader(Zeros()))]
    tracemalloc.start()
    _pusher(tmp_path).push(passenger)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "zeros").stat().st_size == size
    assert most < 16 << 20


def test_every_setting_is_described() -> None:
    assert [name for name, field in FilesSettings.model_fields.items() if not field.description] == []
