"""Pictures are told by their bytes, and measured before a browser unpacks them."""

import struct

import pytest

from databus.operating.preview.kinds import picture_type
from databus.operating.preview.pictures import dimensions, may_be_shown
from databus.operating.preview.records import CUT_SHORT, Kind
from tests.unit.operating.preview.looked import looked


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"


def jpeg(width: int, height: int) -> bytes:
    camera = b"\xff\xe1" + struct.pack(">H", 60_000) + bytes(59_998)
    return b"\xff\xd8" + camera + b"\xff\xff\xc2\0\x11\x08" + struct.pack(">HH", height, width) + bytes(10)


def webp(kind: bytes, rest: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + b"\0\0\0\0" + rest


PICTURES = {
    "image/png": png(640, 480),
    "image/gif": b"GIF89a" + struct.pack("<HH", 640, 480),
    "image/jpeg": jpeg(640, 480),
    "image/webp": webp(b"VP8X", bytes(4) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")),
    "image/webp, lossless": webp(b"VP8L", b"\x2f" + (639 | 479 << 14).to_bytes(4, "little")),
    "image/webp, lossy": webp(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 640, 480)),
}

UNSHOWN = [png(60_000, 60_000), jpeg(65_000, 65_000), png(0, 5), png(1, 1)[:20], b"\xff\xd8\xff"]


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_measured(kind: str) -> None:
    content = PICTURES[kind]
    assert picture_type(content) == kind.partition(",")[0]
    assert dimensions(content) == (640, 480)
    shown = looked("whatever.txt", content)
    assert shown.kind is Kind.PICTURE
    assert dict(shown.facts)["Size"] == "640 × 480 points"


WHOLE = {
    "png": png(9, 9) + b"\0\0\0\0IEND\xaeB`\x82",
    "gif": PICTURES["image/gif"] + b"\0\0\0;",
    "jpeg": jpeg(9, 9) + bytes(70_000) + b"\xff\xd9\0",
    "webp": b"RIFF" + (26).to_bytes(4, "little") + PICTURES["image/webp"][8:] + bytes(4),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_picture_whose_end_is_missing_says_so(kind: str) -> None:
    assert looked("a", WHOLE[kind]).notes == []
    assert looked("a", WHOLE[kind][:-5]).notes == [CUT_SHORT]


@pytest.mark.parametrize("content", UNSHOWN)
def test_one_that_needs_much_memory_or_has_no_size_is_not_shown(content: bytes) -> None:
    assert not may_be_shown(content)
    shown = looked("a.png", content)
    assert shown.kind is Kind.OTHER
    assert "not shown here" in shown.notes[0]


@pytest.mark.parametrize("content", [b"<svg/>", b"GIF", b"BM", b"\0\0\1\0", b"", b"RIFF\0\0\0\0WAVE"])
def test_nothing_else_is_a_picture_whatever_it_is_called(content: bytes) -> None:
    assert picture_type(content) == ""
    assert looked("a.png", content).kind is not Kind.PICTURE
