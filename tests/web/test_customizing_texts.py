"""Texts of all kinds on the page of configurations, files outside of the database, and earlier versions."""

import html
import re
from pathlib import Path

from databus.client.external_config import ExternalConfigFile
from databus.database.records import CONFIG
from tests.web.administration import ROUTE, World, fields, text_of, world
from tests.web.editing import PAGE, changed, save, send, typed_in

__all__ = ["world"]


def test_history_shows_who_what_when_and_restores_as_a_new_save(world: World) -> None:
    ann, first = world.enter("demo", "ann"), world.content()
    assert save(ann, changed(world, log_life_span=9)).status_code == 303
    found = re.search(r'href="([^"]+/version\?[^"]+)"', ann.get(PAGE).text)
    assert found
    looked = ann.get(html.unescape(found[1]))
    said = text_of(looked)
    assert "by tests" in said
    assert '-  "log_life_span": 3,' in said
    assert '+  "log_life_span": 9,' in said
    answer = ann.post(PAGE, {**fields(looked), "action": "restore"})
    assert '+  "log_life_span": 3,' in text_of(answer)
    assert world.config()["log_life_span"] == 9
    answer = ann.post(PAGE, {**fields(answer), "action": "save", "content": typed_in(answer)})
    assert answer.status_code == 303
    assert world.content() == first
    assert len(world.database.document_history("demo", CONFIG)) == 2
    assert any(re.search(r"ann at the web page: restored config.json of 20\d\d-", line) for line in world.lines())


def test_a_long_history_has_pages(world: World) -> None:
    for number in range(60):
        world.write("demo", {**world.config(), "log_life_span": number + 100})
    ann = world.enter("demo", "ann")
    first, second = ann.get(PAGE).text, ann.get(f"{PAGE}?skip=50").text
    assert (first.count("/version?"), second.count("/version?")) == (50, 10)
    assert "skip=50" in first
    assert "No earlier versions here" in ann.get(f"{PAGE}?skip=500").text


def test_line_ends_and_a_byte_order_mark_stay(world: World) -> None:
    raw = b"\xef\xbb\xbf" + world.content().replace(b"\n", b"\r\n")
    world.write("demo", raw)
    ann = world.enter("demo", "ann")
    text = typed_in(ann.get(PAGE))
    assert text.startswith("{")
    assert save(ann, text.replace("\r", "")).headers["location"].endswith("done=same")
    assert world.content() == raw
    assert save(ann, text.replace("\r", "").replace(": 3,", ": 4,")).status_code == 303
    assert world.content() == raw.replace(b": 3,", b": 4,")


def test_unicode_and_markup_are_shown_and_stored_as_they_are(world: World) -> None:
    ann = world.enter("demo", "ann")
    odd = "</textarea><script>alert(1)</script> Straße 中文 🚌 \u202e {{ 7*7 }} &amp;"
    text = changed(world, passengers=[{**ROUTE, "pushers": [{"module": ROUTE["pushers"][0], "name": odd}]}])
    assert save(ann, text).status_code == 303
    assert world.content().decode() == text
    answer = ann.get(PAGE)
    assert "<script>alert" not in answer.text
    assert typed_in(answer) == text


def test_a_text_that_is_too_large_is_refused_and_one_that_is_stored_is_not_put_into_a_form(world: World) -> None:
    ann, before = world.enter("demo", "ann"), world.content()
    answer = send(ann, "preview", "x" * (600 * 1024))
    assert answer.status_code == 413
    assert "too large for this page" in answer.text
    assert ann.post(PAGE, {**fields(ann.get(PAGE)), "action": "save", "content": "x" * 3_000_000}).status_code in (
        400,
        413,
    )
    assert world.content() == before
    large = changed(world, passengers=[]).replace("\n", " " * 600_000 + "\n", 1).encode()
    world.write("demo", large)
    answer = ann.get(PAGE)
    assert "too large for this page" in answer.text
    assert "<textarea" not in answer.text
    assert ann.get(f"{PAGE}/file").content == large


def test_a_text_of_many_short_lines_is_compared_in_time(world: World) -> None:
    ann = world.enter("demo", "ann")
    world.write("demo", (changed(world) + "\n" * 200_000).encode())
    answer = send(ann, "preview", changed(world) + " \n" * 100_000)
    assert answer.status_code == 200
    assert "more lines are not shown" in answer.text


def test_bytes_that_are_no_utf_8_are_told_of(world: World) -> None:
    root = world.enter("root", "root")
    world.write("demo", b'{"passengers": [], "users": [], "$schema": "\xff"}')
    answer = root.get(PAGE)
    assert "It is not UTF-8 (at byte 44)" in answer.text
    assert save(root, '{"passengers": [], "users": []}').status_code == 303
    found = re.search(r'href="([^"]+/version\?[^"]+)"', root.get(PAGE).text)
    assert found
    version = root.get(html.unescape(found[1]))
    assert 'value="restore"' not in version.text


def test_an_external_file_is_edited_with_history(world: World, tmp_path: Path) -> None:
    path = tmp_path / "rates.ini"
    path.write_text("[rates]\neur = 1\n")
    object.__setattr__(world.site, "external_files", (ExternalConfigFile("demo", "rates & co", str(path)),))
    ann, page = world.enter("demo", "ann"), f"{PAGE}?document=rates%20%26%20co"
    assert "rates &amp; co" in ann.get(PAGE).text
    assert typed_in(ann.get(page)) == "[rates]\neur = 1\n"
    looked = fields(send(ann, "preview", "[rates]\neur = 2\n", page))
    path.write_text("[rates]\neur = 3\n")
    answer = ann.post(page, {**looked, "action": "save", "content": "[rates]\neur = 2\n"})
    assert answer.status_code == 409
    assert path.read_text() == "[rates]\neur = 3\n"
    assert save(ann, "[rates]\neur = 4\n", page).status_code == 303
    assert save(ann, "[rates]\neur = 5\n", page).status_code == 303
    assert path.read_text() == "[rates]\neur = 5\n"
    versions = re.findall(r'href="([^"]+/version\?[^"]+)"', ann.get(page).text)
    texts = [text_of(ann.get(html.unescape(each))) for each in versions]
    assert ["eur = 4" in texts[0], "eur = 3" in texts[1]] == [True, True]
    assert any("saved rates & co" in line for line in world.lines())
    assert world.enter("root", "root").get("/clients/other/customizing?document=rates%20%26%20co").status_code == 404
    path.unlink()
    assert ann.get(page).status_code == 404
