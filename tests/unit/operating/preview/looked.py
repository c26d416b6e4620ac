"""Looking at contents as the pages do."""

import io
import zipfile

from openpyxl import Workbook

from databus.operating.preview.apart import Apart
from databus.operating.preview.looking import Previews
from databus.operating.preview.records import Node, Preview

PATIENT = Previews(Apart(seconds=60))
"""The machine of a test may stand still for a while."""


def looked(name: str, content: bytes | str, *, as_text: bool = False) -> Preview:
    """Return what is shown of a content."""
    raw = content.encode() if isinstance(content, str) else content
    return PATIENT.look_at(name, io.BytesIO(raw), as_text=as_text)


def outline(nodes: list[Node]) -> list[object]:
    """Return a tree, short to write."""
    return [
        (" ".join(filter(None, (node.name, node.note, node.value))), outline(node.children))
        if node.children
        else " ".join(filter(None, (node.name, node.note, node.value)))
        for node in nodes
    ]


def size_of(shown: Preview) -> int:
    """Return how many characters a preview shows."""
    return len(str(shown))


def workbook(cells: dict[str, str | float], *more_sheets: str) -> bytes:
    """Return an Excel file."""
    book = Workbook()
    sheet = book.worksheets[0]
    for place, value in cells.items():
        sheet[place] = value
    for title in more_sheets:
        book.create_sheet(title)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    """Return an archive with one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def member(archive: bytes, name: str) -> bytes:
    """Return a file of an archive."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.read(name)
