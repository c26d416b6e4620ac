"""What an attachment is, by its name and its first bytes; nobody's word is taken for a picture."""

from os.path import splitext

from databus.operating.preview.records import Kind

BEGINNING = 2048
"""Bytes that tell what it is."""

_ENDINGS = {
    Kind.JSON: "json geojson",
    Kind.XML: "xml xsd xsl xslt wsdl svg rss atom idoc",
    Kind.CSV: "csv tsv",
    Kind.EMAIL: "eml",
    Kind.SHEETS: "xls xlsx xlsm xlsb ods",
}

_OF_ENDING = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(name: str, beginning: bytes) -> Kind:
    """Return what a content is taken for."""
    if picture_type(beginning):
        return Kind.PICTURE
    if b"%PDF-" in beginning[:1024]:  # where readers look for it
        return Kind.PDF
    by_name = _OF_ENDING.get(splitext(name)[1].lower().removeprefix("."), Kind.TEXT)
    if beginning.startswith((_ZIP, _OLD_OFFICE)):
        return by_name if by_name is Kind.SHEETS else Kind.OTHER
    if by_name is Kind.SHEETS:  # many programs call tables and pages of text that
        by_name = Kind.TEXT
    is_xml = beginning.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<?xml")
    return Kind.XML if is_xml and by_name is Kind.TEXT else by_name


def picture_type(beginning: bytes) -> str:
    """Return the media type of a picture that browsers show without running anything; empty for all else."""
    if beginning.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if beginning.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if beginning.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if beginning.startswith(b"RIFF") and beginning[8:12] == b"WEBP":
        return "image/webp"
    return ""
