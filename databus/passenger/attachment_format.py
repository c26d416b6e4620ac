"""Text or binary: the two formats of attachments, and how they are guessed."""

from enum import Enum
from os.path import splitext


class AttachmentFormat(Enum):
    """What an attachment holds."""

    text = 1
    binary = 2


_TEXT_APPLICATIONS = """
    csv ecmascript edi-consent edi-x12 edifact html javascript json ndjson sql toml txt x-javascript x-json x-ndjson
    x-sh x-sql x-toml x-www-form-urlencoded x-yaml xml xml-dtd yaml
"""

_TEXT_FILES = """
    bat cfg conf css csv diff dtd edi edifact eml env geojson htm html ics idoc ini js json jsonl ldif log md mjs ndjson
    patch po pot properties ps1 psv py rng rst sh sql srt svg tex text toml ts tsv txt vcf wsdl x12 xhtml xml xsd xsl
    xslt yaml yml
"""

TEXT_MIME_TYPES = frozenset(
    {"message/delivery-status", "message/rfc822", *(f"application/{name}" for name in _TEXT_APPLICATIONS.split())}
)

TEXT_SUFFIXES = ("+json", "+xml", "+yaml")

TEXT_EXTENSIONS = frozenset(_TEXT_FILES.split())


def format_of_mime_type(mime_type: str | None) -> AttachmentFormat:
    """Return the format of a MIME type such as ``text/plain; charset=utf-8``; an unknown one is binary."""
    bare = (mime_type or "").partition(";")[0].strip().lower()
    if bare.startswith("text/") or bare in TEXT_MIME_TYPES or bare.endswith(TEXT_SUFFIXES):
        return AttachmentFormat.text
    return AttachmentFormat.binary


def format_of_extension(extension: str | None) -> AttachmentFormat:
    """Return the format of a file extension, with or without its dot; an unknown one is binary."""
    bare = (extension or "").strip().removeprefix(".").lower()
    return AttachmentFormat.text if bare in TEXT_EXTENSIONS else AttachmentFormat.binary


def format_of_file_name(name: str | None) -> AttachmentFormat:
    """Return the format of a file by its name's extension; an unknown one is binary."""
    return format_of_extension(splitext(name or "")[1])
