"""The process in which ``apart`` looks at a content: it comes through standard input, its preview goes out as JSON."""

import json
import resource
import sys

from msgspec import to_builtins

from databus.operating.preview.records import Kind, Preview

MEMORY = 1024 * 2**20
"""Bytes of addresses: what asks for more ends this process."""

PROCESSOR_SECONDS = 10


def preview_of(kind: Kind, content: bytes, *, is_whole: bool) -> Preview:
    """Return what is shown of a content."""
    if kind is Kind.EMAIL:
        from databus.operating.preview.mails import mail_preview

        return mail_preview(content, is_whole=is_whole)
    if kind is Kind.PDF:
        from databus.operating.preview.pdfs import pdf_preview

        return pdf_preview(content, is_whole=is_whole)
    from databus.operating.preview.sheets import Unreadable, sheets_preview

    try:
        return sheets_preview(content)
    except Unreadable as error:
        return Preview(kind=Kind.OTHER, notes=[str(error)])


def limit() -> None:
    """Give up what this process does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Look at one content."""
    limit()
    shown = preview_of(Kind(sys.argv[1]), sys.stdin.buffer.read(), is_whole=sys.argv[2] == "whole")
    json.dump(to_builtins(shown), sys.stdout)  # it takes halves of characters, which msgspec does not


if __name__ == "__main__":
    main()
