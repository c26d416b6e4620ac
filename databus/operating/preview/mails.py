"""E-mails: headers, text and what is attached. Only called in a process of its own (``apart``)."""

from itertools import islice

from databus.operating.preview.mail_html import text_of_html
from databus.operating.preview.records import Kind, Preview, Table
from databus.operating.preview.room import Room
from databus.operating.preview.texts import BEGINNING_ONLY, decoded
from databus.passenger.mime.headers import Headers
from databus.passenger.mime.leaf import Leaf, leaf
from databus.passenger.mime.parts import split

PARTS = 100
"""Parts that are looked at."""

LONGEST_TEXT = 32 * 2**10
LONGEST_HEADER = 1000

_HEADERS = {"from": "From", "to": "To", "cc": "Cc", "subject": "Subject", "date": "Date"}

HTML_NOTE = "It is HTML, which is never shown as such: this is its text."


def mail_preview(content: bytes, *, is_whole: bool) -> Preview:
    """Show an e-mail; its HTML only as text."""
    root, _ = split(content)
    parts = [*islice(root.leaves(), PARTS + 1)]
    leaves = [leaf(content, part) for part in parts[:PARTS]]
    room = Room()
    text, html_notes = _text(content, leaves, room)
    files = [each for each in leaves if not each.is_body]
    is_cut = room.is_cut or not is_whole or len(parts) > PARTS
    return Preview(
        kind=Kind.EMAIL,
        facts=_facts(root.headers, room),
        text=text,
        tables=[_table(files, room)] if files else [],
        notes=[*html_notes, *([BEGINNING_ONLY] if is_cut else [])],
    )


def _facts(headers: Headers, room: Room) -> list[tuple[str, str]]:
    values = [(shown, headers.value(name)) for name, shown in _HEADERS.items()]
    return [(shown, room.fitted(value, LONGEST_HEADER)) for shown, value in values if value]


def _text(content: bytes, leaves: list[Leaf], room: Room) -> tuple[str | None, list[str]]:
    """Return the text, and what is to be said of it: the plain one if there is one, else that of the HTML."""
    bodies = [each for each in leaves if each.is_body]
    plain = [each for each in bodies if each.part.headers.content_type != "text/html"]
    for body in (plain or bodies)[:1]:
        found = decoded(body.content(content[body.part.start : body.part.end]))
        if found is None:
            return None, ["Its text cannot be read."]
        text = found[0] if plain else text_of_html(found[0])
        return room.fitted(text, LONGEST_TEXT), [] if plain else [HTML_NOTE]
    return None, []


def _table(files: list[Leaf], room: Room) -> Table:
    rows = [
        [room.fitted(each.name), room.fitted(each.part.headers.content_type), f"{each.size:,} bytes"] for each in files
    ]
    return Table(title="Attachments", head=["Name", "Type", "Size"], rows=rows)
