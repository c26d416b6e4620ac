"""Content on its way into attachments."""

import gc
import os
import tempfile
from pathlib import Path

import pytest

from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.spool import KEPT_IN_MEMORY, Spool, TooLarge

BINARY = AttachmentFormat.binary


def _bytes(attachment: Attachment) -> bytes:
    with attachment.open() as stream:
        return stream.read()


def test_parts_are_read_apart_and_at_the_same_time() -> None:
    spool = Spool()
    first = spool.attachment("a", BINARY, [b"one", b"two"])
    second = spool.attachment("b", AttachmentFormat.text, [b"three"])
    assert (first.size, second.size, second.text_content) == (6, 5, "three")
    with first.open() as left, second.open() as right, first.open() as again:
        assert (left.read(2), right.read(2), left.read(), again.read(1), right.read()) == (
            b"on", b"th", b"etwo", b"o", b"ree"
        )  # fmt: skip


def test_streams_can_be_wound() -> None:
    with Spool().attachment("a", BINARY, [b"0123456789"]).open() as stream:
        assert stream.seek(-3, os.SEEK_END) == 7
        assert stream.read() == b"789"
        assert stream.seek(2) == 2
        assert stream.seek(1, os.SEEK_CUR) == 3
        assert (stream.read(2), stream.tell()) == (b"34", 5)
        assert stream.seek(20) == 20
        assert stream.read() == b""
        with pytest.raises(ValueError, match="beginning"):
            stream.seek(-1)


def test_too_much_is_refused_and_what_was_there_stays() -> None:
    spool = Spool()
    first = spool.attachment("a", BINARY, [b"abc"], most=3)
    with pytest.raises(TooLarge):
        spool.attachment("b", BINARY, [b"abc", b"d"], most=3)
    assert _bytes(first) == b"abc"
    assert _bytes(spool.attachment("c", BINARY, [b"x"])) == b"x"


def test_large_content_is_on_disk_without_a_name_and_goes_with_its_attachment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def descriptors() -> int:
        return sum(str(tmp_path) in os.readlink(f"/proc/self/fd/{name}") for name in _open_files())

    attachment = Spool().attachment("a", BINARY, [b"x" * 70_000] * 20)
    assert attachment.size is not None
    assert attachment.size > KEPT_IN_MEMORY
    assert descriptors() == 1
    assert os.listdir(tmp_path) == []
    assert _bytes(attachment) == b"x" * 1_400_000
    del attachment
    gc.collect()
    assert descriptors() == 0


def _open_files() -> list[str]:
    return [name for name in os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{name}")]
