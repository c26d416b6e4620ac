"""Few look at sources at the same time, and nobody else waits for them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from databus.web.peeks import Peeks, SourcesBusy
from tests.web import held_source
from tests.web.held_source import LIMIT, Source
from tests.web.world import ADMINISTRATOR, OPERATOR, ROUTE, STRANGER, World, config

PEEK = f"passengers/peek?route={ROUTE}"
ATTACHMENT = f"?route={ROUTE}&puller=in&source=shop&id=1&name=order.txt"
PLACES = [PEEK, f"passengers/peek/preview{ATTACHMENT}", f"passengers/peek/picture{ATTACHMENT}"]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch, world: World) -> Iterator[Source]:
    """A source of acme that does not answer yet."""
    source = Source()
    monkeypatch.setattr(held_source, "source", source)
    puller = {"module": "tests.web.held_source", "name": "in"}
    route = {"name": ROUTE, "pullers": [puller], "pushers": ["databus.pusher.demo.demo_pusher_1"]}
    world.configure("acme", {**config(OPERATOR, ADMINISTRATOR), "passengers": [route]})
    yield source
    source.answers.set()


@pytest.mark.parametrize("place", PLACES)
def test_two_look_and_a_third_one_is_told_at_once(world: World, source: Source, place: str) -> None:
    browser = world.browser(OPERATOR)
    with ThreadPoolExecutor(2) as threads:
        looks = [threads.submit(browser.get, f"/clients/acme/{place}") for _ in range(2)]
        try:
            assert all(source.asked.acquire(timeout=LIMIT) for _ in looks)
            for each in PLACES:
                refused = world.browser(ADMINISTRATOR).get(f"/clients/acme/{each}")
                assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
                assert "try again in a moment" in refused.text
            assert not source.asked.acquire(blocking=False)
            assert world.browser(STRANGER).get(f"/clients/other/{PEEK}").status_code == 200
        finally:
            source.answers.set()
        # It has no attachment, but it was looked for one.
        assert {look.result(LIMIT).status_code for look in looks} == {200 if place == PEEK else 404}
    assert browser.get(f"/clients/acme/{PEEK}").status_code == 200


def test_few_look_altogether_and_who_has_looked_makes_room() -> None:
    peeks = Peeks(most=3, most_of_client=2)
    with ExitStack() as looks:
        for client in ("acme", "acme", "other"):
            looks.enter_context(peeks.one(client))
        for client in ("acme", "root"):
            with pytest.raises(SourcesBusy), peeks.one(client):
                pass
    with pytest.raises(KeyError), peeks.one("acme"):
        raise KeyError("the look fails")
    with ExitStack() as looks:
        for client in ("root", "acme", "acme"):
            looks.enter_context(peeks.one(client))
