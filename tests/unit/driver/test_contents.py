"""Contents that plug-ins give as streams: what hangs, fails or exits costs its own passenger."""

import io
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from databus.driver import contents
from databus.passenger.attachment import Attachment
from tests.unit.driver.conftest import RouteBuilder
from tests.unit.driver.test_odd_plugins import step_of

WAIT = 20


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def hanging(release: threading.Event, name: str = "slow.bin") -> Attachment:
    def opener() -> BinaryIO:
        release.wait(WAIT)
        return io.BytesIO(b"late")

    return Attachment.from_stream(name, opener)


def stream(content: bytes) -> Attachment:
    return Attachment.from_stream("a.bin", lambda: io.BytesIO(content))


def test_a_stream_that_hangs_costs_its_own_passenger(route: RouteBuilder, release: threading.Event) -> None:
    route.config["time_limit"] = 0.2
    puller = route.puller(
        lambda: iter([route.new("a", stream(b"1")), route.new("b", hanging(release)), route.new("c", stream(b"3"))])
    )
    seen: dict[str, bytes] = {}

    def push(passenger: Any) -> None:
        seen[passenger.passenger.external_id] = passenger.passenger.attachments[0].binary_content

    summary = route.drive(pullers=[puller], pushers=[route.pusher(push=push)])
    assert (summary.pulled, summary.seated, summary.refused, summary.error) == (3, 2, 1, "")
    assert seen == {"a": b"1", "c": b"3"}
    assert route.told == [["a", "c"]]
    assert "('slow.bin') did not return within 0.2 seconds and was given up" in route.log_text(summary)


def test_a_pipe_that_nobody_writes_to_costs_its_own_passenger(route: RouteBuilder, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    route.config["time_limit"] = 0.2
    puller = route.puller(lambda: [route.new("a", Attachment.from_file(pipe)), route.new("b")])
    summary = route.drive(pullers=[puller], pushers=[route.pusher()])
    assert (summary.seated, summary.refused, route.pushed) == (1, 1, ["b"])
    with open(pipe, "wb"):
        pass  # lets its thread end


def test_after_three_that_hang_no_further_stream_is_tried_but_what_is_at_hand_is_seated(
    route: RouteBuilder, release: threading.Event
) -> None:
    route.config["time_limit"] = 0.05
    puller = route.puller(
        lambda: [*(route.new(str(n), hanging(release)) for n in range(3)), route.new("x", stream(b"")), route.new("y")]
    )
    summary = route.drive(pullers=[puller], pushers=[route.pusher()])
    assert (summary.seated, summary.refused, route.pushed) == (1, 4, ["y"])
    assert "was not tried, because that of the last 3 passengers hung" in route.log_text(summary)


def test_a_stream_that_exits_or_gives_text_is_refused_with_the_reason(route: RouteBuilder) -> None:
    text: Any = lambda: io.StringIO("text")  # noqa: E731 - an opener of a wrong type
    puller = route.puller(
        lambda: [
            route.new("a", Attachment.from_stream("exits", lambda: sys.exit("bye"))),
            route.new("b", Attachment.from_stream("text", text)),
            route.new("c"),
        ]
    )
    summary = route.drive(pullers=[puller], pushers=[route.pusher()])
    assert (summary.seated, summary.refused, summary.error) == (1, 2, "")
    assert "SystemExit('bye')" in route.log_text(summary)
    assert "its stream gives str" in route.log_text(summary)


def test_what_a_processor_attaches_is_read_within_its_time_limit(route: RouteBuilder, release: threading.Event) -> None:
    route.config["time_limit"] = 0.2

    def process(passenger: Any) -> None:
        if passenger.passenger.external_id == "a":
            passenger.passenger.attachments.append(hanging(release))
        else:
            passenger.passenger.attachments.append(stream(b"new"))

    processor = route.processor("p", process)
    summary = route.drive(pullers=[route.pulls("a", "b")], processors=[processor], pushers=[route.pusher()])
    assert (summary.failed, summary.error, route.pushed) == (1, "", ["b"])
    assert "did not return within 0.2 seconds" in step_of(route, "a", processor).last_error


def test_much_is_seated_in_parts(route: RouteBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST_COPIED", 10)
    puller = route.puller(lambda: [route.new(name, stream(b"123456")) for name in "abcde"])
    summary = route.drive(pullers=[puller], pushers=[route.pusher()])
    assert (summary.seated, summary.refused, route.pushed) == (5, 0, list("abcde"))
