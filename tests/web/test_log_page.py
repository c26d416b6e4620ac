"""The list of logs, and one log: searched, filtered, followed and downloaded."""

from urllib.parse import unquote

import orjson
import pytest
from httpx2 import Response

from databus.client.log import MessageType
from databus.testing.samples import MINUTE, NOW, head, line
from databus.web.pages.one_log import LINES, NEWEST
from tests.web.test_hostile_texts import read
from tests.web.world import HOSTILE, LOG, OPERATOR, ROUTE, STRANGER, World

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)

LONG = "log-2"


@pytest.fixture(autouse=True)
def long_log(world: World) -> None:
    lines = [line(f"line {at}.", MessageType.warning if at % 100 == 0 else MessageType.info) for at in range(1200)]
    later = head(LONG, created_on=NOW + MINUTE, passenger_module="another route")
    world.database.append_log(later, [*lines, line(f"{HOSTILE}\nsecond", MessageType.error)])


def get(world: World, address: str, **params: str | int) -> Response:
    return world.browser(OPERATOR).get(f"/clients/acme/log{address}", params=params)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [LONG, LOG]),
        ({"worst": "warning"}, [LONG, LOG]),
        ({"text": "LINE 7."}, [LONG]),
        ({"passenger": ROUTE}, [LOG]),
        ({"created_from": (NOW + MINUTE).isoformat()}, [LONG]),
        ({"created_before": (NOW + MINUTE).replace(tzinfo=None).isoformat()}, [LOG]),
        ({"created_from": "2026-02-02T00:00"}, []),
        ({"passenger": "another route", "text": "line", "created_before": "2026-02-02T00:00"}, [LONG]),
    ],
)
def test_logs_are_found(world: World, filters: dict[str, str], found: list[str]) -> None:
    page = read(get(world, "", **filters))
    logs = [link.rpartition("/")[2] for link in page.links if link.startswith("/clients/acme/log/")]
    assert [each for each in logs if each != "purge"] == found
    assert all(value in page.shown for value in filters.values())


def test_a_time_that_is_none_is_told(world: World) -> None:
    response = get(world, "", created_from="yesterday")
    assert response.status_code == 400
    assert "is no time" in response.text


def test_lines_come_page_by_page(world: World) -> None:
    first = get(world, f"/{LONG}")
    assert first.text.count("<tr class=") == LINES
    assert f"/clients/acme/log/{LONG}?start={LINES}" in read(first).links
    last = get(world, f"/{LONG}", start=2 * LINES)
    assert last.text.count("<tr class=") == 201
    assert f"/clients/acme/log/{LONG}?start={LINES}" in read(last).links  # back
    assert "Later lines" not in last.text


def test_lines_are_searched_and_filtered(world: World) -> None:
    page = get(world, f"/{LONG}", level="warning", text="LINE 2")
    assert [each in page.text for each in ("line 200.", "line 2.", "line 21.")] == [True, False, False]
    assert get(world, f"/{LONG}", level="error").text.count("<tr class=") == 1
    assert HOSTILE in read(get(world, f"/{LONG}", text=HOSTILE)).shown
    assert "No lines here that fit" in get(world, f"/{LONG}", text="nowhere").text
    assert get(world, f"/{LONG}", level="terrible").status_code == 400


def test_a_message_of_any_length_is_a_page_of_bearable_length(world: World) -> None:
    world.database.append_log(head("log-3"), [line("x" * 900_000)])
    assert len(get(world, "/log-3").content) < 20_000
    assert "x" * 900_000 in get(world, "/log-3/download").text


def test_who_follows_sees_the_newest_lines_first(world: World) -> None:
    page = get(world, f"/{LONG}", follow="true", text="line")
    assert page.text.count("<tr class=") == NEWEST
    assert page.text.index("line 1199.") < page.text.index("line 1198.")
    assert f'hx-sse:connect="/clients/acme/log/{LONG}/live?text=line"' in page.text
    assert read(page)
    live = get(world, f"/{LONG}/live")
    assert live.headers["content-type"].startswith("text/event-stream")
    assert get(world, "/no-such-log/live").status_code == 404


def test_whether_it_is_being_written_is_told(world: World) -> None:
    assert "being written" in get(world, f"/{LOG}").text
    state = orjson.dumps({"began": NOW, "summary": {"log": LOG}})
    world.database.write_document("acme", f"state/route/{ROUTE}", state, expected=None, by="", now=NOW)
    assert "being written" not in get(world, f"/{LOG}").text
    assert "seems to be complete" in get(world, f"/{LOG}", follow="true").text


def test_a_log_is_downloaded_as_text(world: World) -> None:
    response = get(world, f"/{LONG}/download", level="error")
    assert response.text == f"[{NOW.isoformat()}][shop.puller][error] {HOSTILE}\nsecond\n"
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert unquote(response.headers["content-disposition"]) == f"attachment; filename*=UTF-8''{LONG}.log.txt"
    assert len(get(world, f"/{LONG}/download").text.splitlines()) == 1202
    assert get(world, "/no-such-log/download").status_code == 404


@pytest.mark.parametrize("place", ["", "/live", "/download"])
def test_another_client_s_log_is_not_there(world: World, place: str) -> None:
    assert world.browser(OPERATOR).get(f"/clients/other/log/{LOG}{place}").status_code == 404
    response = world.browser(STRANGER).get(f"/clients/other/log/{LONG}{place}")  # acme's, under a client of one's own
    assert response.status_code == 404
