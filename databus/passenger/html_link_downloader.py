"""Downloading the files to which an HTML document links."""

import time
from collections.abc import Iterable, Iterator
from email.message import Message
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

from databus.compat import p_keywords
from databus.passenger.attachment import Attachment, AttachmentError, Validator
from databus.passenger.html_links import Link, find_links
from databus.passenger.spool import Spool, TooLarge

if TYPE_CHECKING:  # an extra
    import httpx2

MOST_REDIRECTS = 5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@p_keywords
class HtmlLinkDownloader:
    """Downloads the files to which an HTML document links, and attaches them. Needs the extra ``html``.

    A document from outside must not make Databus read what only this machine's network can reach. So links, and what
    they redirect to, lead to public addresses only, and the connection is made to the very address that was checked.

    Args:
        allow_private: Allow loopback, private and other addresses that are not of the public internet.
        time_limit: Seconds to wait for a connection, and for each next piece of data.
        total_time_limit: Seconds that all links of one call may take.
        max_bytes: The most bytes that all links of one call may bring.
    """

    def __init__(
        self,
        allow_private: bool = False,
        time_limit: float = 30.0,
        total_time_limit: float = 300.0,
        max_bytes: int = 1 << 30,
    ) -> None:
        self._allow_private = allow_private
        self._time_limit = time_limit
        self._total_time_limit = total_time_limit
        self._max_bytes = max_bytes

    def execute(self, attachments: list[Attachment], html: str | None, extensions: Iterable[str]) -> None:
        """Download each http or https link whose path ends in one of the extensions, and append it to the attachments.

        A URL is requested exactly as the document has it. An attachment has the name that the server gives, or the
        file's name in the URL; names are made unique.

        Args:
            attachments: Appended to.
            html: The document; with None or an empty one nothing happens.
            extensions: File extensions, with or without dot, in upper or lower case.

        Raises:
            AttachmentError: A link cannot be downloaded, or the extra ``html`` is missing; nothing is appended.
        """
        links = find_links(html or "", extensions)
        if not links:
            return
        downloaded = list(self._download_all(links))
        Validator.ensure_all_names_are_unique([*attachments, *downloaded])
        attachments.extend(downloaded)

    def _download_all(self, links: list[Link]) -> Iterator[Attachment]:
        spool = Spool()
        left = self._max_bytes
        with self._client() as client:
            for link in links:
                try:
                    attachment = _download(client, link, spool, left)
                except TooLarge as error:
                    raise AttachmentError(f"{link.url} is too large (HtmlLinkDownloader's max_bytes)") from error
                except Exception as error:  # the border to the network: anything may come from there
                    reason = str(error) or type(error).__name__
                    raise AttachmentError(f"{link.url} cannot be downloaded: {reason}") from error
                left -= attachment.size or 0
                yield attachment

    def _client(self) -> "httpx2.Client":
        try:
            import httpx2
        except ImportError as error:
            raise AttachmentError("Downloading links needs httpx2: pip install 'databus[html]'") from error
        from databus.passenger.guarded_http import GuardedTransport

        deadline = time.monotonic() + self._total_time_limit
        transport = GuardedTransport(allow_private=self._allow_private, deadline=deadline)
        # trust_env would bring in a proxy, which connects wherever it is told to.
        return httpx2.Client(transport=transport, timeout=self._time_limit, trust_env=False)


def _download(client: "httpx2.Client", link: Link, spool: Spool, most: int) -> Attachment:
    url = link.url
    for _ in range(MOST_REDIRECTS + 1):
        with client.stream("GET", url, extensions={"target": request_target(url)}) as response:
            if response.status_code in _REDIRECTS:
                url = _redirected(url, response.headers.get("location", ""))
                continue
            response.raise_for_status()
            name = _given_name(response.headers.get("content-disposition", "")) or link.file_name
            return spool.attachment(name, Attachment.guess_format_by_file_name(name), response.iter_bytes(), most=most)
    raise AttachmentError(f"it redirects more than {MOST_REDIRECTS} times")


def _redirected(url: str, location: str) -> str:
    target = urljoin(url, location)
    if not location or not target.lower().startswith(("http://", "https://")):
        raise AttachmentError(f"it redirects to {location!r}")
    return target


def request_target(url: str) -> bytes:
    """Return path and query as they are written in the URL; only what HTTP cannot carry at all is percent-encoded."""
    rest = url.partition("#")[0].partition("://")[2]
    begin = min((rest.index(mark) for mark in "/?" if mark in rest), default=len(rest))
    target = "".join(c if "!" <= c <= "~" else quote(c, errors="surrogatepass") for c in rest[begin:])
    return (target if target.startswith("/") else "/" + target).encode("ascii")


def _given_name(content_disposition: str) -> str:
    message = Message()
    message["content-disposition"] = content_disposition.replace("\r", " ").replace("\n", " ")
    name = (message.get_filename() or "").replace("\\", "/")
    return name.rpartition("/")[2].strip()
