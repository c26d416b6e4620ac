"""Pictures: their size, which is known before a browser unpacks them."""

from databus.operating.preview.kinds import picture_type
from databus.operating.preview.records import CUT_SHORT, Kind, Preview
from databus.operating.preview.samples import Sample

PIXELS = 50_000_000
"""A browser takes four bytes for each."""

_NO_FRAMES = {0xC4, 0xC8, 0xCC}
"""JPEG segments numbered among those that tell the size, which do not."""


def picture_preview(sample: Sample) -> Preview:
    """Describe a picture, which the page shows from an address of its own if it is not too large."""
    size = dimensions(sample.content)
    if size is None or not may_be_shown(sample.content):
        why = "does not say its size" if size is None else f"has {size[0]:,} × {size[1]:,} points"
        return Preview(kind=Kind.OTHER, notes=[f"This picture {why}: it is not shown here, download it."])
    kind = picture_type(sample.content).partition("/")[2].upper()
    facts = [("Picture", kind), ("Size", f"{size[0]:,} × {size[1]:,} points")]
    return Preview(kind=Kind.PICTURE, facts=facts, notes=[CUT_SHORT] if is_cut_short(sample) else [])


def is_cut_short(sample: Sample) -> bool:
    """Whether the end of a picture is missing, as far as all of it was read."""
    content = sample.content
    match picture_type(content):
        case _ if not sample.is_whole:
            return False
        case "image/png":
            return b"IEND" not in content
        case "image/gif":
            return not content.rstrip(b"\0").endswith(b";")
        case "image/jpeg":  # in its first half it may be that of a small picture for lists
            return b"\xff\xd9" not in content[len(content) // 2 :]
        case _:
            return _little(content, 4, 4) + 8 > len(content)


def may_be_shown(beginning: bytes) -> bool:
    """Whether a content is a picture for which no browser needs much memory."""
    size = dimensions(beginning)
    return size is not None and size[0] * size[1] <= PIXELS


def dimensions(beginning: bytes) -> tuple[int, int] | None:
    """Return width and height of a picture; None where its beginning does not tell."""
    found = {"image/png": _of_png, "image/gif": _of_gif, "image/jpeg": _of_jpeg, "image/webp": _of_webp}
    tell = found.get(picture_type(beginning))
    size = tell(beginning) if tell else None
    return size if size and min(size) > 0 else None


def _of_png(content: bytes) -> tuple[int, int] | None:
    return (_big(content, 16, 4), _big(content, 20, 4)) if content[12:16] == b"IHDR" else None


def _of_gif(content: bytes) -> tuple[int, int]:
    return _little(content, 6, 2), _little(content, 8, 2)


def _of_jpeg(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:  # noqa: PLR2004 - what begins every segment
        segment = content[at + 1]
        if 0xC0 <= segment <= 0xCF and segment not in _NO_FRAMES:  # noqa: PLR2004 - those of frames
            return _big(content, at + 7, 2), _big(content, at + 5, 2)
        at += 1 if segment == 0xFF else 2 + _big(content, at + 2, 2)  # noqa: PLR2004 - filling between segments
    return None


def _of_webp(content: bytes) -> tuple[int, int] | None:
    match content[12:16]:
        case b"VP8X":
            return _little(content, 24, 3) + 1, _little(content, 27, 3) + 1
        case b"VP8L":
            packed = _little(content, 21, 4)
            return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return _little(content, 26, 2) & 0x3FFF, _little(content, 28, 2) & 0x3FFF
        case _:
            return None


def _big(content: bytes, at: int, length: int) -> int:
    return int.from_bytes(content[at : at + length])


def _little(content: bytes, at: int, length: int) -> int:
    return int.from_bytes(content[at : at + length], "little")
