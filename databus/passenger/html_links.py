"""Finding the links of an HTML document."""

from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from databus.passenger.extensions import has_extension


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link to a file: its URL exactly as the document has it, and the file's name in it."""

    url: str
    file_name: str


def find_links(html: str, extensions: Iterable[str]) -> list[Link]:
    """Return the http and https links whose path ends in one of the extensions, each URL once, in their order."""
    parser = _Hrefs()
    parser.feed(html)
    parser.close()
    wanted = list(extensions)
    links = (Link(url=url, file_name=_file_name(url)) for url in dict.fromkeys(parser.urls))
    return [link for link in links if has_extension(link.file_name, wanted)]


class _Hrefs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        url = (dict(attrs).get("href") or "").strip()
        if tag in {"a", "area"} and url.lower().startswith(("http://", "https://")):
            self.urls.append(url)


def _file_name(url: str) -> str:
    try:
        path = urlsplit(_guarded(url)).path
    except ValueError:  # such as http://[
        return ""
    return unquote(path).rpartition("/")[2]


def _guarded(url: str) -> str:
    """Return the URL that a mail guard wrapped (urldefense.com/v3/__URL__;…): its file name is the one that counts."""
    if "://urldefense." not in url.lower():
        return url
    return url.partition("/__")[2].partition("__;")[0] or url
