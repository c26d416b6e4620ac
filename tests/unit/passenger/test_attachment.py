"""Attachments."""

from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from databus.errors import DatabusError
from databus.passenger.attachment import Attachment, AttachmentError, AttachmentFormat

ANY_ATTACHMENT: Any = Attachment
TEXT, BINARY = AttachmentFormat.text, AttachmentFormat.binary


class Source:
    """A stream's opener that counts."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.opened = 0

    def __call__(self) -> BinaryIO:
        self.opened += 1
        return BytesIO(self.content)


def read(attachment: Attachment) -> bytes:
    with attachment.open() as stream:
        return stream.read()


def test_formats_have_the_values_of_databus_8() -> None:
    assert {member.name: member.value for member in AttachmentFormat} == {"text": 1, "binary": 2}


def test_errors_are_databus_errors_with_a_message() -> None:
    assert isinstance(AttachmentError("x"), DatabusError)
    assert AttachmentError("x").message == "x"


def test_arguments_by_position_and_by_either_name() -> None:
    for text in (
        Attachment("a.txt", TEXT, "hello"),
        Attachment(name="a.txt", format=TEXT, text_content="hello"),
        ANY_ATTACHMENT(p_name="a.txt", p_format=TEXT, p_text_content="hello"),
    ):
        assert (text.name, text.format, text.text_content) == ("a.txt", TEXT, "hello")
        assert text.binary_content is None
    for binary in (
        Attachment("a.bin", BINARY, None, b"\x00"),
        ANY_ATTACHMENT(p_name="a.bin", p_format=BINARY, p_binary_content=b"\x00"),
    ):
        assert (binary.name, binary.format, binary.binary_content) == ("a.bin", BINARY, b"\x00")
        assert binary.text_content is None


def test_a_bare_attachment_is_an_empty_text() -> None:
    attachment = Attachment()
    assert (attachment.name, attachment.format, attachment.text_content) == ("", TEXT, "")
    assert (attachment.size, attachment.has_content, attachment.stored_as) == (0, True, None)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(AttachmentError, match="'text'"):
        ANY_ATTACHMENT("a", "text")


@pytest.mark.parametrize("name", ["a b.txt", "ä/ö\\.txt", "..", "日本.txt", "a\x00b", "\ud800", "a" * 300])
def test_names_are_kept_as_they_are(name: str) -> None:
    attachment = Attachment(name)
    assert attachment.name == name
    attachment.name = name + "x"
    assert attachment.name == name + "x"


def test_text_is_opened_in_utf_8() -> None:
    attachment = Attachment("a", text_content="é\r\n\ud800")
    assert read(attachment) == b"\xc3\xa9\r\n\xed\xa0\x80"
    assert attachment.size == 7


def test_each_stream_begins_at_the_beginning() -> None:
    attachment = Attachment("a", BINARY, binary_content=b"abc")
    with attachment.open() as first, attachment.open() as second:
        assert (first.read(), second.read()) == (b"abc", b"abc")


def test_bytes_like_content_is_copied() -> None:
    content = bytearray(b"abc")
    attachment = Attachment("a", BINARY, binary_content=content)
    content[0] = 0
    assert attachment.binary_content == b"abc"
    attachment.binary_content = memoryview(b"xyz")
    assert attachment.binary_content == b"xyz"


def test_content_of_the_wrong_kind_is_taken_where_nothing_is_lost() -> None:
    assert ANY_ATTACHMENT("a", TEXT, b"\xc3\xa9\xff").text_content == "é\udcff"
    assert ANY_ATTACHMENT("a", BINARY, None, "é").binary_content == b"\xc3\xa9"
    assert read(Attachment("a", TEXT, binary_content=b"x")) == b"x"
    assert Attachment("a", TEXT, binary_content=b"x").text_content == "x"
    assert Attachment("a", BINARY, text_content="x").binary_content == b"x"
    with pytest.raises(AttachmentError, match="int"):
        ANY_ATTACHMENT("a", TEXT, 7)
    with pytest.raises(AttachmentError, match="int"):
        ANY_ATTACHMENT("a", BINARY, None, 7)


def test_the_format_may_be_set_before_or_after_the_content() -> None:
    attachment = Attachment("a")
    attachment.binary_content = b"\xff"
    attachment.format = BINARY
    assert (attachment.binary_content, attachment.size) == (b"\xff", 1)
    attachment.text_content = "hello"
    attachment.format = TEXT
    assert (attachment.text_content, read(attachment)) == ("hello", b"hello")


def test_a_stream_is_read_only_when_asked_for_and_each_time_anew() -> None:
    source = Source(b"\xc3\xa9")
    attachment = Attachment.from_stream("a.txt", source, format=TEXT, size=2)
    assert (attachment.name, attachment.format, attachment.size, source.opened) == ("a.txt", TEXT, 2, 0)
    assert attachment.text_content == "é"
    assert attachment.binary_content is None
    source.content = b"new"
    assert (attachment.text_content, source.opened) == ("new", 2)


def test_a_binary_stream_of_unknown_size() -> None:
    attachment = Attachment.from_stream("a", Source(b"\xff"))
    assert (attachment.format, attachment.size, attachment.has_content) == (BINARY, None, True)
    assert (attachment.binary_content, attachment.text_content) == (b"\xff", None)
    assert read(attachment) == b"\xff"


def test_setting_content_replaces_a_stream() -> None:
    source = Source(b"old")
    attachment = Attachment.from_stream("a", source, format=TEXT, size=3)
    attachment.text_content = "newer"
    assert (attachment.text_content, attachment.size, read(attachment), source.opened) == ("newer", 5, b"newer", 0)


def test_stored_as_says_whether_the_content_was_set() -> None:
    attachment = Attachment.from_stream("a", Source(b"x"))
    attachment.stored_as = "a"
    attachment.name = "b"
    assert attachment.binary_content == b"x"
    assert attachment.stored_as == "a"
    attachment.binary_content = b"x"
    assert attachment.stored_as is None


def test_a_file_is_attached_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"1,2\r\n")
    attachment = Attachment.from_file(path)
    assert (attachment.name, attachment.format, attachment.size) == ("a.csv", TEXT, 5)
    assert attachment.text_content == "1,2\r\n"
    other = Attachment.from_file(str(path), name="b.bin")
    assert (other.name, other.format, other.binary_content) == ("b.bin", BINARY, b"1,2\r\n")
    assert Attachment.from_file(path, "b.bin", TEXT).format is TEXT


def test_a_file_is_found_after_the_working_directory_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    attachment = Attachment.from_file("a.txt")
    monkeypatch.chdir("/")
    assert attachment.text_content == "x"


def test_a_missing_file_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(AttachmentError, match=r"no\.txt cannot be attached"):
        Attachment.from_file(tmp_path / "no.txt")


@pytest.mark.parametrize(
    ("mime", "format"),
    [
        ("text/plain", TEXT), ("TEXT/HTML; charset=utf-8", TEXT), ("application/json", TEXT), ("application/xml", TEXT),
        ("image/svg+xml", TEXT), ("application/ld+json", TEXT), ("message/rfc822", TEXT), ("text/csv", TEXT),
        ("application/pdf", BINARY), ("image/png", BINARY), ("application/octet-stream", BINARY), ("", BINARY),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", BINARY), (None, BINARY),
        ("application/x-unheard-of", BINARY),
    ],
)  # fmt: skip
def test_formats_are_guessed_by_mime_type(mime: str | None, format: AttachmentFormat) -> None:
    assert Attachment.guess_format_by_mime_type(mime) is format
    assert ANY_ATTACHMENT.guess_format_by_mime_type(p_mime_type=mime) is format


@pytest.mark.parametrize(
    ("extension", "format"),
    [
        ("txt", TEXT), (".TXT", TEXT), ("json", TEXT), ("Xml", TEXT), ("csv", TEXT), ("htm", TEXT), ("eml", TEXT),
        ("pdf", BINARY), ("xlsx", BINARY), ("zip", BINARY), ("", BINARY), (None, BINARY), ("xyzzy", BINARY),
    ],
)  # fmt: skip
def test_formats_are_guessed_by_extension(extension: str | None, format: AttachmentFormat) -> None:
    assert Attachment.guess_format_by_file_extension(extension) is format
    assert ANY_ATTACHMENT.guess_format_by_file_extension(p_extension=extension) is format


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.TXT", TEXT), ("dir/b.json", TEXT), ("a.tar.gz", BINARY), ("a.txt.zip", BINARY), ("README", BINARY),
        ("", BINARY), (None, BINARY), ("日本.xml", TEXT),
    ],
)  # fmt: skip
def test_formats_are_guessed_by_file_name(name: str | None, format: AttachmentFormat) -> None:
    assert Attachment.guess_format_by_file_name(name) is format
    assert ANY_ATTACHMENT.guess_format_by_file_name(p_name=name) is format
