"""Finding links, and what is asked for."""

from typing import Any

import pytest

from databus.passenger.html_link_downloader import request_target
from databus.passenger.html_links import find_links


def _urls(html: str, *extensions: str) -> list[str]:
    return [link.url for link in find_links(html, extensions)]


def test_links_with_a_wanted_extension_are_found_in_their_order() -> None:
    html = """
        <html><a HREF="https://h/b.XML?x=1#top">b</a> <A href='http://h/a.xml'>a</a><map><area href=http://h/c.xml></map>
        <a href="https://h/d.pdf">d</a><a href="https://h/x?f=e.xml">e</a><a>none</a><a href>empty</a>
    """
    assert _urls(html, "xml") == ["https://h/b.XML?x=1#top", "http://h/a.xml", "http://h/c.xml"]
    assert _urls(html, ".PDF") == ["https://h/d.pdf"]
    assert _urls(html) == []


def test_only_http_is_a_link() -> None:
    html = '<a href="file:///etc/a.xml"></a><a href="ftp://h/a.xml"></a><a href="a.xml"></a><a href="//h/a.xml"></a>'
    assert _urls(html + '<a href="javascript:a.xml"></a><a href="http://[/a.xml"></a>', "xml") == []


def test_each_url_counts_once() -> None:
    assert _urls('<a href="http://h/a.xml">1</a><a href="http://h/a.xml">2</a>', "xml") == ["http://h/a.xml"]


def test_entities_are_decoded_and_nothing_else() -> None:
    html = '<a href=" http://h/%7Ea%20b/&auml;/c.xml?x=1&amp;y=%2f&#38;z=+ ">'
    assert _urls(html, "xml") == ["http://h/%7Ea%20b/ä/c.xml?x=1&y=%2f&z=+"]


def test_broken_html_is_read_as_far_as_it_goes() -> None:
    assert _urls('<p><a href="http://h/a.xml"><b <a href="http://h/b.xml">', "xml") == ["http://h/a.xml"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://h/x/a%20b.xml", "a b.xml"),
        ("http://h/%E6%97%A5.xml", "日.xml"),
        ("https://urldefense.com/v3/__https://h/x/a.xml__;!!abc$", "a.xml"),
    ],
)
def test_the_file_name_is_readable(url: str, name: str) -> None:
    (link,) = find_links(f'<a href="{url}">', ["xml"])
    assert (link.url, link.file_name) == (url, name)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://h", b"/"),
        ("http://h/a/../b//c.xml", b"/a/../b//c.xml"),
        ("http://h/%7ea%2Fb.xml?q=%20a+b&c=[d]|e#top", b"/%7ea%2Fb.xml?q=%20a+b&c=[d]|e"),
        ("http://h?x=http://y/z", b"/?x=http://y/z"),
        ("http://u:p@h:80/a b/ä.xml", b"/a%20b/%C3%A4.xml"),
        ("http://h/a?", b"/a?"),
    ],
)
def test_a_url_is_asked_for_as_it_is_written(url: str, target: bytes) -> None:
    written: Any = request_target(url)
    assert written == target
