"""Downloading from a real server."""

import gzip
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from databus.passenger import addresses
from databus.passenger.attachment import Attachment, AttachmentError
from databus.passenger.html_link_downloader import HtmlLinkDownloader

Answer = Callable[[BaseHTTPRequestHandler], None]


def answer(body: bytes, status: int = 200, **headers: str) -> Answer:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return send


@dataclass
class Site:
    """A server on loopback: what it answers by path, and what it was asked for."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hosts: list[str | None] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def links(self, *paths: str) -> str:
        return "".join(f'<a href="{path if "://" in path else self.url + path}">link</a>' for path in paths)


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.requestline.split()[1])
            made.hosts.append(self.headers["Host"])
            path = self.path.partition("?")[0]
            made.answers.get(path, answer(b"", 404))(self)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Site(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.closing.set()
        server.shutdown()


def _download(site: Site, *paths: str, **limits: Any) -> list[Attachment]:
    attachments: list[Attachment] = []
    HtmlLinkDownloader(allow_private=True, **limits).execute(attachments, site.links(*paths), ["xml", "bin"])
    return attachments


def test_files_are_downloaded_and_appended(site: Site) -> None:
    site.answers = {"/a.xml": answer("<ä/>".encode()), "/b.bin": answer(b"\x00\xff")}
    attachments = [Attachment("a.xml", text_content="first")]
    HtmlLinkDownloader(allow_private=True).execute(
        attachments, site.links("/a.xml", "/b.bin", "/c.pdf"), ["xml", "bin"]
    )
    assert [(attachment.name, attachment.format.name) for attachment in attachments] == [
        ("a.xml", "text"), ("a (2).xml", "text"), ("b.bin", "binary")
    ]  # fmt: skip
    assert (attachments[1].text_content, attachments[2].binary_content) == ("<ä/>", b"\x00\xff")
    assert site.hosts == [site.url.removeprefix("http://")] * 2


def test_loopback_is_refused_unless_it_is_allowed(site: Site) -> None:
    site.answers = {"/a.xml": answer(b"secret")}
    attachments: list[Attachment] = []
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"):
        url = site.url.replace("127.0.0.1", host) + "/a.xml"
        with pytest.raises(AttachmentError, match="not a public address") as caught:
            HtmlLinkDownloader().execute(attachments, site.links(url), ["xml"])
        assert url in str(caught.value)
    assert (attachments, site.asked) == ([], [])


def test_the_connection_is_made_to_the_very_address_that_was_checked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Loopback counts as public here. The name leads to it once and then elsewhere, as DNS rebinding does it.
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    leads_to = iter(["127.0.0.1"])
    resolve = socket.getaddrinfo

    def rebinding(host: Any, *args: Any, **kwargs: Any) -> Any:
        return resolve(next(leads_to, "127.0.0.2") if host == "rebind.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    site.answers = {"/a.xml": answer(b"found")}
    html = site.links(site.url.replace("127.0.0.1", "rebind.example") + "/a.xml")
    attachments: list[Attachment] = []
    HtmlLinkDownloader().execute(attachments, html, ["xml"])
    assert attachments[0].text_content == "found"
    assert [host for host in site.hosts if host and host.startswith("rebind.example:")] == site.hosts
    with pytest.raises(AttachmentError, match=r"rebind\.example is at 127\.0\.0\.2, which is not a public address"):
        HtmlLinkDownloader().execute(attachments, html, ["xml"])


def test_redirects_are_followed_only_to_allowed_addresses(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # Loopback counts as public here, and 127.0.0.2 does not: so the first connection is made and the second is not.
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    elsewhere = site.url.replace("127.0.0.1", "127.0.0.2")
    site.answers = {
        "/a.xml": answer(b"", 302, Location="/b%2fb.xml?x=%7e"),
        "/b%2fb.xml": answer(b"found"),
        "/c.xml": answer(b"", 301, Location=elsewhere + "/b.xml"),
    }
    attachments: list[Attachment] = []
    HtmlLinkDownloader().execute(attachments, site.links("/a.xml"), ["xml"])
    assert [(attachment.name, attachment.text_content) for attachment in attachments] == [("a.xml", "found")]
    assert site.asked == ["/a.xml", "/b%2fb.xml?x=%7e"]
    with pytest.raises(AttachmentError, match=r"127\.0\.0\.2, which is not a public address"):
        HtmlLinkDownloader().execute(attachments, site.links("/c.xml"), ["xml"])


@pytest.mark.parametrize(
    ("location", "says"), [("/a.xml", "more than 5 times"), ("file:///etc/passwd", "file:"), ("", "redirects to ''")]
)
def test_bad_redirects_are_errors(site: Site, location: str, says: str) -> None:
    site.answers = {"/a.xml": answer(b"", 302, Location=location)}
    with pytest.raises(AttachmentError, match=says):
        _download(site, "/a.xml")


def test_a_url_is_asked_for_as_it_is_written(site: Site) -> None:
    path = "/%7Eu/a%20b/%E6%97%A5/../c.xml"
    site.answers = {path: answer(b"x")}
    (attachment,) = _download(site, path + "?q=%2f+[1]&amp;r=ä#top")
    assert site.asked == [path + "?q=%2f+[1]&r=%C3%A4"]
    assert attachment.name == "c.xml"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="real name.bin"', "real name.bin"),
        ("attachment; filename*=UTF-8''%C3%A4.xml", "ä.xml"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\x\\\\y.bin"', "y.bin"),
        ("attachment", "a.xml"),
        ("rubbish;;=", "a.xml"),
    ],
)
def test_the_server_may_name_the_file(site: Site, header: str, name: str) -> None:
    site.answers = {"/a.xml": answer(b"x", Content_Disposition=header)}
    assert [attachment.name for attachment in _download(site, "/a.xml")] == [name]


def test_one_failing_link_is_named_and_nothing_is_appended(site: Site) -> None:
    site.answers = {"/a.xml": answer(b"x")}
    attachments = [Attachment("first")]
    with pytest.raises(AttachmentError, match=r"/b\.xml cannot be downloaded:.*404"):
        HtmlLinkDownloader(allow_private=True).execute(attachments, site.links("/a.xml", "/b.xml"), ["xml"])
    assert [attachment.name for attachment in attachments] == ["first"]


def test_a_host_that_does_not_answer_is_an_error(site: Site) -> None:
    with pytest.raises(AttachmentError, match=r"127\.0\.0\.1:1/a\.xml cannot be downloaded"):
        _download(site, "http://127.0.0.1:1/a.xml")
    with pytest.raises(AttachmentError, match="cannot be downloaded"):
        _download(site, "http://no-such-host.invalid/a.xml")
    with pytest.raises(AttachmentError, match="cannot be downloaded"):
        _download(site, "http://127.0.0.1:99999/a.xml")


def test_compressed_answers_are_unpacked_and_count_with_their_real_size(site: Site) -> None:
    site.answers = {"/a.xml": answer(gzip.compress(b"x" * 100_000), Content_Encoding="gzip")}
    assert _download(site, "/a.xml")[0].size == 100_000
    with pytest.raises(AttachmentError, match=r"a\.xml is too large"):
        _download(site, "/a.xml", max_bytes=99_999)


def test_the_size_limit_holds_for_all_links_together(site: Site) -> None:
    site.answers = {"/a.xml": answer(b"x" * 600), "/b.xml": answer(b"x" * 600)}
    assert len(_download(site, "/a.xml", "/b.xml", max_bytes=1200)) == 2
    with pytest.raises(AttachmentError, match=r"b\.xml is too large"):
        _download(site, "/a.xml", "/b.xml", max_bytes=1199)


def _silence(site: Site) -> Answer:
    def wait(handler: BaseHTTPRequestHandler) -> None:
        site.closing.wait()

    return wait


def _drip(site: Site) -> Answer:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not site.closing.wait(0.02):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return

    return send


def test_a_silent_server_is_waited_for_only_so_long(site: Site) -> None:
    site.answers = {"/a.xml": _silence(site)}
    with pytest.raises(AttachmentError, match=r"a\.xml cannot be downloaded.*timed out"):
        _download(site, "/a.xml", time_limit=0.05)


def test_a_server_that_drips_is_ended_by_the_total_time_limit(site: Site) -> None:
    site.answers = {"/a.xml": _drip(site)}
    with pytest.raises(AttachmentError, match=r"a\.xml cannot be downloaded.*(time limit|timed out)"):
        _download(site, "/a.xml", total_time_limit=0.3)


def test_without_links_nothing_is_needed(tmp_path: Path) -> None:
    attachments: list[Attachment] = []
    downloader: Any = HtmlLinkDownloader(time_limit=1)
    downloader.execute(p_attachments=attachments, p_html="<html>", p_extensions=["xml"])
    downloader.execute(attachments, None, ["xml"])
    assert attachments == []


def test_a_missing_extra_is_named_with_its_remedy() -> None:
    program = """
import sys
sys.modules["httpx2"] = None
from databus.passenger.html_link_downloader import HtmlLinkDownloader
try:
    HtmlLinkDownloader().execute([], '<a href="http://h/a.xml">', ["xml"])
except Exception as error:
    print(type(error).__name__, error)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == "AttachmentError Downloading links needs httpx2: pip install 'databus[html]'\n"
