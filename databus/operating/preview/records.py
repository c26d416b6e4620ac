"""What is shown of an attachment: plain texts only, whatever it holds."""

from enum import StrEnum

from msgspec import Struct

CUT_SHORT = "Its end is missing: it seems to be damaged."


class Kind(StrEnum):
    """What an attachment is taken for."""

    TEXT = "text"
    JSON = "JSON"
    XML = "XML"
    CSV = "table"
    SHEETS = "Excel sheets"
    PICTURE = "picture"
    PDF = "PDF"
    EMAIL = "e-mail"
    EMPTY = "empty"
    OTHER = "binary"


class Node(Struct, kw_only=True):
    """A piece of a tree, such as an XML element or a member of a JSON object.

    Attributes:
        name: Of the element or member; empty for what has none.
        note: What stands beside the name: attributes, or how many members it has.
        value: Its own text.
    """

    name: str = ""
    note: str = ""
    value: str = ""
    children: "list[Node]" = []


class Table(Struct, frozen=True, kw_only=True):
    """Rows of cells; ``title`` is empty where there is but one table."""

    title: str = ""
    head: list[str] = []
    rows: list[list[str]] = []


class Preview(Struct, frozen=True, kw_only=True):
    """What is shown of an attachment; what is empty is not shown.

    Attributes:
        facts: Names and values, such as the encoding of a text or the headers of an e-mail.
        text: None where there is none; a text may be empty.
        notes: What is not shown, and why.
    """

    kind: Kind
    facts: list[tuple[str, str]] = []
    text: str | None = None
    tree: list[Node] = []
    tables: list[Table] = []
    notes: list[str] = []
