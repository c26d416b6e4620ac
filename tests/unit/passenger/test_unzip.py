"""Unpacking attachments."""

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

from databus.passenger.attachment import Attachment, AttachmentError, AttachmentFormat
from databus.passenger.unzip import Unzipper

BINARY = AttachmentFormat.binary
Content = bytes | str


def _packed(*files: tuple[str, Content], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return stream.getvalue()


def _zip(*files: tuple[str, Content], name: str = "a.zip") -> Attachment:
    return Attachment(name, BINARY, binary_content=_packed(*files))


def _contents(attachments: list[Attachment]) -> list[tuple[str, bytes]]:
    result = []
    for attachment in attachments:
        with attachment.open() as stream:
            result.append((attachment.name, stream.read()))
    return result


def test_an_archive_is_replaced_by_its_files_at_its_place() -> None:
    attachments = [Attachment("first"), _zip(("b.txt", "é\r\n"), ("c.bin", b"\x00")), Attachment("last")]
    same_list = attachments
    Unzipper().execute(attachments)
    assert same_list is attachments
    assert _contents(attachments) == [("first", b""), ("b.txt", "é\r\n".encode()), ("c.bin", b"\x00"), ("last", b"")]
    assert [attachment.format.name for attachment in attachments] == ["text", "text", "binary", "text"]
    assert attachments[1].text_content == "é\r\n"


def test_names_are_unique_without_their_folders() -> None:
    attachments = [Attachment("a.txt"), _zip(("a.txt", "1"), ("x/", ""), ("x/a.txt", "2"), ("x\\y\\b.txt", "3"))]
    Unzipper().execute(attachments)
    assert [name for name, _ in _contents(attachments)] == ["a.txt", "a (2).txt", "a (3).txt", "b.txt"]


def test_upper_and_lower_case_are_the_same_and_other_names_stay() -> None:
    attachments = [_zip(("a", "1"), name="A.ZIP"), _zip(("b", "2"), name="b.zip"), _zip(("c", "3"), name="c.jar")]
    Unzipper().execute(attachments)
    assert [attachment.name for attachment in attachments] == ["a", "b", "c.jar"]


def test_archives_within_archives_stay_archives() -> None:
    attachments = [_zip(("inner.zip", _packed(("a", "1"))))]
    Unzipper().execute(attachments)
    assert [attachment.name for attachment in attachments] == ["inner.zip"]


@pytest.mark.parametrize("arguments", [{"extensions": ["TXT", ".xml"]}, {"p_extensions": [".txt", "xml"]}])
def test_only_wanted_extensions_are_taken(arguments: dict[str, list[str]]) -> None:
    unzipper: Any = Unzipper()
    attachments = [_zip(("a.txt", "1"), ("b.pdf", "2"), ("c.XML", "3")), Attachment("d.pdf")]
    unzipper.execute(attachments, **arguments)
    assert [attachment.name for attachment in attachments] == ["a.txt", "c.XML", "d.pdf"]


@pytest.mark.parametrize("name", ["ünï.txt", "日本.txt", "plain.txt"])
def test_names_in_unicode_are_read_whether_the_archive_says_so_or_not(name: str) -> None:
    content = _packed((name, "x"))
    silent = bytearray(content)
    for flags in (6, content.index(b"PK\x01\x02") + 8):
        silent[flags : flags + 2] = b"\x00\x00"
    for packed in (content, bytes(silent)):
        attachments = [Attachment("a.zip", BINARY, binary_content=packed)]
        Unzipper().execute(attachments)
        assert attachments[0].name == name


def test_names_of_old_dos_programs_are_read() -> None:
    packed = _packed(("abc.txt", "x")).replace(b"abc.txt", "äöü.txt".encode("cp437"))
    attachments = [Attachment("a.zip", BINARY, binary_content=packed)]
    Unzipper().execute(attachments)
    assert attachments[0].name == "äöü.txt"


def _encrypted() -> bytes:
    packed = bytearray(_packed(("a.txt", "x"), method=zipfile.ZIP_STORED))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def _flipped(packed: bytes) -> bytes:
    return packed.replace(b"content", b"kontent")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (_encrypted(), "encrypted"),
        (b"no archive", "not a zip file"),
        (b"", "not a zip file"),
        (_packed(("a.txt", "x" * 1000))[:60], "not a zip file"),
        (_flipped(_packed(("a.txt", "content"), method=zipfile.ZIP_STORED)), "CRC"),
        (_packed(("a.txt", b"\x01\x02\x03" * 99)).replace(b"\x01", b"\xff"), "cannot be unpacked"),
    ],
)
def test_what_cannot_be_unpacked_is_named_and_all_stays_as_it_was(content: bytes, says: str) -> None:
    attachments = [_zip(("a.txt", "1"), name="good.zip"), Attachment("bad.zip", BINARY, binary_content=content)]
    before = list(attachments)
    with pytest.raises(AttachmentError, match=rf"(?s)bad\.zip.*{says}"):
        Unzipper().execute(attachments)
    assert attachments == before
    assert [attachment.name for attachment in attachments] == ["good.zip", "bad.zip"]
    assert attachments[1].binary_content == content


@pytest.mark.parametrize(
    ("limits", "says"),
    [({"max_bytes": 1000}, "max_bytes"), ({"p_max_bytes": 1000}, "max_bytes"), ({"max_files": 2}, "max_files")],
)
def test_too_much_is_refused(limits: dict[str, int], says: str) -> None:
    unzipper: Any = Unzipper
    attachments = [_zip(("a", b"1" * 400), ("b", b"2" * 400)), _zip(("c", b"3" * 400))]
    before = list(attachments)
    with pytest.raises(AttachmentError, match=says):
        unzipper(**limits).execute(attachments)
    assert attachments == before


def test_a_bomb_is_refused_by_its_ratio() -> None:
    attachments = [_zip(("zeros", bytes(17 << 20)))]
    with pytest.raises(AttachmentError, match="max_ratio"):
        Unzipper().execute(attachments)
    Unzipper(max_ratio=2000).execute(attachments)
    assert attachments[0].size == 17 << 20


def test_a_lie_about_the_size_does_not_pass_the_limit() -> None:
    packed = bytearray(_packed(("a", bytes(100_000))))
    at = packed.index(b"PK\x01\x02") + 24
    packed[at : at + 4] = struct.pack("<L", 10)
    attachments = [Attachment("a.zip", BINARY, binary_content=packed)]
    with pytest.raises(AttachmentError, match=r"a\.zip"):
        Unzipper(max_bytes=1000).execute(attachments)


def test_an_archive_from_a_stream_that_cannot_be_wound() -> None:
    class OneWay(io.BytesIO):
        def seekable(self) -> bool:
            return False

    packed = _packed(("a.txt", "x"))
    attachments = [Attachment.from_stream("a.zip", lambda: OneWay(packed))]
    Unzipper().execute(attachments)
    assert _contents(attachments) == [("a.txt", b"x")]


def test_a_large_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    content = bytes(range(256)) * (1 << 12)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive, archive.open("large.bin", "w") as member:
        for _ in range(32):
            member.write(content)
    attachments = [Attachment.from_file(tmp_path / "a.zip")]
    tracemalloc.start()
    Unzipper().execute(attachments)
    with attachments[0].open() as large:
        large.seek(31 << 20)
        assert large.read(1 << 20) == content
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert attachments[0].size == 32 << 20
    assert peak < 8 << 20
