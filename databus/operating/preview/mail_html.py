"""The text of HTML, for reading."""

import re
from html.parser import HTMLParser

_HIDDEN = {"script", "style", "head", "template"}
_BREAKS = {"p", "br", "div", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr"}

_BLANKS = re.compile(r"[ \t\r\f\v\xa0]+")
_EMPTY_LINES = re.compile(r"\s*\n\s*\n\s*")


def text_of_html(html: str) -> str:
    """Return what a reader of a page would read, without anything that is not text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = "\n".join(_BLANKS.sub(" ", line).strip() for line in "".join(reader.texts).splitlines())
    return _EMPTY_LINES.sub("\n\n", lines).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag in _BREAKS:
            self.texts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()
        elif tag in _BREAKS:
            self.texts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)
