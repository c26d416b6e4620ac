"""The page that says who did what."""

import csv
import io
import re

import pytest
from httpx2 import Response

from databus.client.log import Log, LogEntry
from databus.database.records import LogHead, LogLine
from databus.driver.log_writer import LogWriter
from databus.operating import audit_trail
from databus.operating.audit import SOURCE, Person, write_audit
from databus.operating.audit_trail import AuditQuery
from tests.web.administration import World, text_of, user, world

__all__ = ["world"]

PAGE = "/clients/demo/audit"
SHELL = Person("pat", "the command line")


def _did(world: World, *sentences: str, by: Person = SHELL, client: str = "demo") -> None:
    write_audit(world.database, client, sentences, by=by, log=Log())


def _rows(answer: Response) -> list[list[str]]:
    (body,) = re.findall(r"<tbody>(.*?)</tbody>", answer.text.split("<dialog")[0], re.S) or [""]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.S)
    return [
        [" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", row, re.S)]
        for row in rows
    ]


def _table(answer: Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_what_people_did_is_shown_newest_first_with_who_and_how(world: World) -> None:
    _did(world, "set complete: a", "set complete: b")
    ann = world.enter("demo", "ann")
    ann.post("/clients/demo/users/role", {"name": "bob", "role": "administrator"})
    rows = [row[1:] for row in _rows(ann.get(PAGE))]
    assert rows == [
        ["ann", "the web page", "made user bob administrator"],
        ["ann", "the web page", "logged in from testclient"],
        ["pat", "the command line", "set complete: a set complete: b"],
    ]
    assert "keeps them for 366 days" in text_of(ann.get(PAGE))


def test_a_page_reads_little_more_than_it_shows(world: World) -> None:
    _did(world, *(f"set complete: {number}" for number in range(3 * audit_trail.LINES)))
    read: list[int] = []
    original = world.database.read_log

    def noted(client_id: str, guid: str, *, start: int = 0, limit: int = 1000) -> tuple[LogHead, list[LogLine]]:
        head, lines = original(client_id, guid, start=start, limit=limit)
        read.append(len(lines))
        return head, lines

    world.database.__dict__["read_log"] = noted
    page = audit_trail.audit_page(world.database, AuditQuery(client_id="demo"))
    assert [(len(action.lines), action.has_more) for action in page.actions] == [(audit_trail.SHOWN, True)]
    assert sum(read) <= 2 * audit_trail.SHOWN
    assert (
        sum(1 for _ in audit_trail.audit_lines(world.database, AuditQuery(client_id="demo"))) == 3 * audit_trail.LINES
    )


def test_it_is_filtered_by_text_and_person(world: World) -> None:
    _did(world, "deleted 3 passengers")
    _did(world, "deleted 4 passengers", by=Person("Ann", "the web page"))
    _did(world, "resumed", by=Person("Ann", "the web page"))
    root = world.enter("root", "root")
    assert [row[3] for row in _rows(root.get(f"{PAGE}?text=DELETED"))] == [
        "deleted 4 passengers",
        "deleted 3 passengers",
    ]
    assert [row[3] for row in _rows(root.get(f"{PAGE}?person=ann"))] == ["resumed", "deleted 4 passengers"]
    assert [row[3] for row in _rows(root.get(f"{PAGE}?person=ann&text=deleted"))] == ["deleted 4 passengers"]
    assert "Nothing fits" in root.get(f"{PAGE}?person=nobody").text
    assert _rows(root.get(f"{PAGE}?text=%25")) == []


def test_only_what_people_did_counts(world: World) -> None:
    log = Log()
    log.append_entry(LogEntry("ann at the web page: forged by a plug-in", source=SOURCE))
    LogWriter(world.database, log, client_id="demo", passenger_module="some.route", secrets=frozenset()).flush()
    log = Log()
    log.append_entry(LogEntry("a problem at the configuration", source="databus.dispatcher"))
    LogWriter(world.database, log, client_id="demo", passenger_module="", secrets=frozenset()).flush()
    assert "Nobody has changed anything" in world.enter("root", "root").get(PAGE).text


@pytest.mark.parametrize("name", ["eve at the web page: x", 'q"uote', "line\nbreak", "Zoë", "a at b"])
def test_a_name_cannot_pass_for_somebody_else(world: World, name: str) -> None:
    _did(world, "did it", by=Person(name, "the web page"))
    _did(world, "did it: at the office: twice", by=SHELL)
    rows = _rows(world.enter("root", "root").get(PAGE))
    assert [row[1] for row in rows] == ["pat", " ".join(name.replace('"', "&#34;").split())]
    assert rows[0][2:] == ["the command line", "did it: at the office: twice"]


def test_pages_show_everything_once(world: World) -> None:
    for number in range(120):
        _did(world, f"did number {number}")
    root, address, seen = world.enter("root", "root"), PAGE, list[str]()
    pages = 0
    while address:
        answer = root.get(address)
        seen += [row[3] for row in _rows(answer)]
        found = re.search(r'rel="next" href="([^"]+)"', answer.text)
        address = found[1].replace("&amp;", "&") if found else ""
        pages += 1
    assert seen == [f"did number {number}" for number in reversed(range(120))]
    assert pages == 3


def test_a_search_that_finds_nothing_for_long_can_be_continued(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_trail, "LOGS_LOOKED_AT", 50)
    _did(world, "the one that is looked for: needle")
    for _ in range(60):
        log = Log()
        log.append_text("needle, said by a plug-in", "some.plugin")
        LogWriter(world.database, log, client_id="demo", passenger_module="", secrets=frozenset()).flush()
    root = world.enter("root", "root")
    answer = root.get(f"{PAGE}?text=needle")
    assert "there are older ones" in answer.text
    found = re.search(r'rel="next" href="([^"]+)"', answer.text)
    assert found
    assert [row[3] for row in _rows(root.get(found[1].replace("&amp;", "&")))] == ["the one that is looked for: needle"]


def test_the_download_has_every_line_and_no_formulas(world: World) -> None:
    _did(world, *(f"set complete: {number}" for number in range(1500)))
    _did(world, '=cmd|"/c calc"!A1', by=Person("@eve", "the web page"))
    _did(world, "two\nlines, and a comma")
    _did(world, "elsewhere", client="other")
    root = world.enter("root", "root")
    answer = root.get(f"{PAGE}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = _table(answer)
    assert rows[0] == ["time", "who", "through", "what", "log"]
    assert rows[1][1:4] == ["pat", "the command line", "two\nlines, and a comma"]
    assert rows[2][1:4] == ["'@eve", "the web page", '\'=cmd|"/c calc"!A1']
    assert [row[3] for row in rows[3:]] == [f"set complete: {number}" for number in range(1500)]
    assert len(_table(root.get(f"{PAGE}.csv?text=complete: 77"))) == 1 + 11
    shown = _rows(root.get(PAGE))[2][3]
    assert shown.endswith("set complete: 9 and more")


def test_markup_is_text(world: World) -> None:
    _did(world, "<script>alert(1)</script>", by=Person("<b>", "the web page"))
    answer = world.enter("root", "root").get(f"{PAGE}?text=<script>")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "for 366 days ("), (0.5, "for 366 days ("), (400.5, "for 400.5 days ("), ("x", "for 366 days (")],
)
def test_it_says_how_long_lines_are_kept(world: World, days: object, said: str) -> None:
    world.write("demo", {**world.config(), "log_life_span": days})
    assert said in text_of(world.enter("root", "root").get(PAGE))


def test_a_wrong_cursor_is_no_crash(world: World) -> None:
    assert world.enter("demo", "ann").get(f"{PAGE}?cursor=nonsense").status_code in (400, 503)


def test_only_administrators_of_the_client_or_of_root_come_here(world: World) -> None:
    world.write("other", {"users": [user("eve"), user("ed", "operator")]})
    _did(world, "something secret")
    for client, name, status in [
        ("demo", "bob", 403),
        ("root", "helper", 403),
        ("other", "eve", 404),
        ("other", "ed", 404),
    ]:
        somebody = world.enter(client, name)
        for address in (PAGE, f"{PAGE}.csv"):
            answer = somebody.get(address)
            assert answer.status_code == status
            assert "something secret" not in answer.text
