"""Texts that somebody edits in a form: from the bytes that are stored to what a browser shows, and back."""

import hashlib
from dataclasses import dataclass

from databus.database.records import Document

LONGEST = 512 * 1024
"""Bytes of a document that are edited on the page."""

BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Shown:
    """A stored document as a page shows it.

    Attributes:
        trouble: What is not as it is stored; empty where all is.
        is_editable: Whether a form may have it.
    """

    text: str
    trouble: str = ""
    is_editable: bool = True


def shown(document: Document) -> Shown:
    """Return a document as text."""
    if trouble := too_large(document.content, "It"):
        return Shown("", trouble, is_editable=False)
    try:
        return Shown(document.content.decode("utf-8").removeprefix(BOM))
    except UnicodeDecodeError as error:
        text = document.content.decode("utf-8", "replace").removeprefix(BOM)
        return Shown(
            text, f"It is not UTF-8 (at byte {error.start}): what is shown as \ufffd is lost when it is saved here."
        )


def too_large(content: bytes, called: str = "The text") -> str:
    """Return that a text is larger than a form may have it; empty where it is not.

    Args:
        called: What the sentence calls it.
    """
    return f"{called} is larger than {LONGEST // 1024} KiB, too large for this page." if len(content) > LONGEST else ""


def shown_text(content: bytes) -> str:
    """Return what somebody typed as a form has it."""
    return content.decode("utf-8").removeprefix(BOM)


def typed(text: str, base: bytes) -> bytes:
    """Return what somebody typed as it is to be stored: with the line ends and the byte order mark of what was there.

    Browsers send CR LF for every line end, whatever was there.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix(BOM)
    if base.count(b"\r\n") * 2 > base.count(b"\n"):
        lines = lines.replace("\n", "\r\n")
    marked = BOM + lines if base.startswith(BOM.encode()) else lines
    return marked.encode("utf-8", "replace")


def digest(content: bytes) -> str:
    """Return what tells this text from any other."""
    return hashlib.sha256(content).hexdigest()
