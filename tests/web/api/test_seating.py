"""Handing passengers over."""

import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from databus.client.config import PluginConfig
from databus.database.abstract_database import AbstractDatabase
from databus.database.hold import Holding
from databus.database.records import State
from databus.database.steps import state
from databus.dispatcher.driving import drive_route
from databus.errors import StoreUnreachable
from databus.operating.clients import known_client
from databus.passenger.attachment import AttachmentFormat
from databus.pqueue.abstract_queue import SeatResult
from databus.pqueue.primal_queue import PrimalQueue
from databus.timestamps import utc_now
from databus.web.api.uploads import LONGEST_FIELD, MOST_PARTS
from tests.web.api.world import ROUTE, World, problem, user

ADDRESS = f"clients/acme/passengers/{ROUTE}"
MIB = 2**20


def _hand_over(world: World, content: bytes | Iterator[bytes], by: str = "ann", path: str = ADDRESS) -> Response:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    return world.call("POST", path, by, content=content, headers=headers)


def _field(name: str, value: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def _file(name: str, content: bytes, kind: str = "") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n'
    return (head + (f"Content-Type: {kind}\r\n" if kind else "") + "\r\n").encode() + content + b"\r\n"


END = b"--b--\r\n"


def test_it_is_stored_as_it_was_sent(world: World) -> None:
    files = [("order.xml", b"<order/>"), ("photo.jpg", bytes(range(256))), ("Bericht ü.txt", "ä€😀".encode())]
    internal_id = world.hand_over("17", *files, by="otto")
    entry = world.entry(internal_id)
    assert (entry.external_id, entry.source_system, entry.passenger_module) == ("17", "shop", ROUTE)
    assert (entry.puller_module, entry.puller_name) == ("databus.puller.api", "databus.puller.api")
    assert [(each.name, each.size) for each in entry.attachments] == [(name, len(content)) for name, content in files]
    assert [each.format for each in entry.attachments] == [
        AttachmentFormat.text,
        AttachmentFormat.binary,
        AttachmentFormat.text,
    ]
    for name, content in files:
        with world.database.open_attachment("acme", internal_id, name) as stream:
            assert stream.read() == content


def test_it_is_asked_to_travel_at_once_and_its_log_tells_of_it(world: World) -> None:
    internal_id = world.hand_over("17", by="otto")
    assert world.expedited == [("acme", ROUTE)]
    assert f"otto at the API hands over shop - 17 ({internal_id})" in world.audit()
    assert f"Seated shop - 17 ({internal_id})" in world.audit()
    (guid,) = world.entry(internal_id).log_guids
    assert world.get(f"clients/acme/log/{guid}")["log"]["passenger"] == ROUTE


def test_the_answer_says_where_it_is(world: World) -> None:
    answer = _hand_over(world, _field("external_id", "17") + END)
    assert answer.status_code == 201
    found = world.get(answer.headers["location"])
    assert found["internal_id"] == answer.json()["internal_id"]
    assert found["state"] == "waiting"
    assert answer.json()["is_duplicate"] is False


def test_the_same_one_again_is_no_other(world: World) -> None:
    internal_id = world.hand_over("17", ("a.txt", b"first"))
    world.expedited.clear()
    again = _hand_over(
        world, _field("external_id", "17") + _field("source_system", "shop") + _file("b.txt", b"x") + END
    )
    assert again.status_code == 200
    assert again.json() == {"internal_id": internal_id, "is_duplicate": True}
    assert again.headers["location"].endswith(internal_id)
    assert [each.name for each in world.entry(internal_id).attachments] == ["a.txt"]
    assert world.expedited == []
    assert world.hand_over("17", source="elsewhere") != internal_id


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (END, "external_id: it is missing"),
        (_field("external_id", "") + END, "external_id: it is missing"),
        (_field("external_id", "1") + _file("a", b"1") + _file("a", b"2") + END, "Two files are named 'a'"),
    ],
)
def test_what_cannot_be_seated_is_refused_with_its_reason(world: World, content: bytes, reason: str) -> None:
    assert reason in problem(_hand_over(world, content), 422)["detail"]
    assert world.entries() == []
    assert world.expedited == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ends before its end"),
        (_field("external_id", "1"), "ends before its end"),
        (b"nonsense", "damaged"),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + END, "no name"),
        (b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" + END, "no name"),
        (_field("external_id", "1") + _field("external_id", "2") + END, "twice"),
        (_field("external_id", "1") + _field("colour", "red") + END, "no such field"),
        (_field("external_id", "x" * (LONGEST_FIELD + 1)) + END, "more than"),
        (b'--b\r\nContent-Disposition: form-data; name="external_id"\r\n\r\n\xff\r\n' + END, "not UTF-8"),
        (b'--b\r\nContent-Disposition: form-data; name="f"; filename="\xff"\r\n\r\n\r\n' + END, "not UTF-8"),
        (_file("a", b"") * (MOST_PARTS + 1) + END, "parts"),
        (b"--b\r\nX: " + b"x" * 100_000 + b"\r\n\r\n" + END, "damaged"),
    ],
)
def test_a_form_that_is_none(small: World, content: bytes, reason: str) -> None:
    assert reason in problem(_hand_over(small, content), 422)["detail"]
    assert small.entries() == []


@pytest.mark.parametrize("kind", ["", "application/json", "multipart/form-data", "multipart/form-data; boundary="])
def test_something_else_than_a_form(small: World, kind: str) -> None:
    answer = small.call("POST", ADDRESS, content=b"{}", headers={"content-type": kind})
    assert "multipart" in problem(answer, 422)["detail"]


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("a.txt", "", AttachmentFormat.text),
        ("a.pdf", "", AttachmentFormat.binary),
        ("a", "text/plain; charset=utf-8", AttachmentFormat.text),
        ("a", "application/octet-stream", AttachmentFormat.binary),
        ("", "", AttachmentFormat.binary),
    ],
)
def test_text_or_binary(small: World, name: str, kind: str, expected: AttachmentFormat) -> None:
    answer = _hand_over(small, _field("external_id", "1") + _file(name, b"x", kind) + END)
    assert [each.format for each in small.entry(answer.json()["internal_id"]).attachments] == [expected]


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "/etc/passwd", "a/b\\c", "con", "x" * 300, "a;b,c"])
def test_odd_names_stay_names(world: World, name: str) -> None:
    answer = _hand_over(world, _field("external_id", "1") + _file(name.replace("\\", "\\\\"), b"x") + END)
    assert [each.name for each in world.entry(answer.json()["internal_id"]).attachments] == [name]


def test_a_route_that_is_not_there(world: World) -> None:
    answer = _hand_over(world, _field("external_id", "1") + END, path="clients/acme/passengers/no.such")
    assert "no.such" in problem(answer, 404)["detail"]


@pytest.mark.parametrize(
    ("by", "path", "status", "is_read"),
    [
        ("nobody", ADDRESS, 401, False),
        ("rita", ADDRESS, 403, False),
        ("ann", f"clients/none/passengers/{ROUTE}", 401, False),
        ("ann", f"clients/acme/passengers/{'x' * 501}", 422, False),
        ("ann", ADDRESS, 201, True),
    ],
)
def test_nothing_is_taken_before_it_is_known_who_sends_it_where(
    small: World, by: str, path: str, status: int, is_read: bool
) -> None:
    taken = []

    def pieces() -> Iterator[bytes]:
        taken.append(1)
        yield _field("external_id", "1")
        yield END

    assert _asgi(small.client.app, "POST", f"/api/v1/{path}", pieces(), by=by)[0] == status
    assert (bool(taken), len(small.entries())) == (is_read, int(is_read))


def test_a_large_attachment_passes_in_pieces(tmp_path: Path, database: AbstractDatabase) -> None:
    world = World(database)
    size = 96 * MIB
    piece = bytes(MIB)

    def pieces() -> Iterator[bytes]:
        yield _field("external_id", "1")
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="large.bin"\r\n\r\n'
        for _ in range(size // MIB):
            yield piece
        yield b"\r\n" + END

    kept = 0 if "memory" not in type(database).__module__ else size  # a database in memory has it in memory
    application = world.client.app
    tracemalloc.start()
    try:
        answer = _asgi(application, "POST", f"/api/v1/{ADDRESS}", pieces())[0]
        (entry,) = world.entries()
        address = f"/api/v1/clients/acme/queue/{entry.internal_id}/attachments/large.bin"
        given = _asgi(application, "GET", address, iter([]))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer == 201
    assert most < 2 * kept + 48 * MIB
    assert given == (200, size)
    assert entry.attachments[0].size == size


def _asgi(
    application: Any, method: str, path: str, pieces: Iterator[bytes], *, by: str = "ann", ends: bool = True
) -> tuple[int, int]:
    """Call without a client, which would keep everything in memory; return the status and how many bytes came.

    Args:
        ends: Whether the request comes to its end; else who sends it goes away.
    """
    import anyio

    from tests.web.api.world import token_of

    statuses: list[int] = []
    sizes: list[int] = []
    over: list[bool] = []

    async def receive() -> dict[str, Any]:
        if over:
            await anyio.sleep_forever()
        piece = next(pieces, None)
        if piece is None and not ends:
            return {"type": "http.disconnect"}
        if piece is None:
            over.append(True)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        sizes.append(len(message.get("body", b"")))

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "headers": [
            (b"host", b"testserver"),
            (b"authorization", f"Bearer {token_of(by)}".encode()),
            (b"content-type", b"multipart/form-data; boundary=b"),
        ],
        "client": ("testclient", 1),
        "server": ("testserver", 80),
    }
    anyio.run(application, scope, receive, send)
    return statuses[0], sum(sizes)


def test_a_sender_that_goes_away(small: World, caplog: pytest.LogCaptureFixture) -> None:
    application = small.client.app
    assert _asgi(application, "POST", f"/api/v1/{ADDRESS}", iter([_field("external_id", "1")]), ends=False)[0] == 400
    assert small.entries() == []
    assert caplog.records == []


def test_more_than_is_taken_ends_at_the_first_byte_beyond(database: AbstractDatabase) -> None:
    world = World(database, largest_passenger=3 * MIB)
    fits = _field("external_id", "1") + _file("a", bytes(3 * MIB - 1000)) + END
    assert _hand_over(world, fits).status_code == 201
    large = _field("external_id", "2") + _file("a", bytes(3 * MIB)) + END
    problem(_hand_over(world, large), 413)
    problem(world.call("POST", "clients/acme/queue/actions", content=bytes(3 * MIB)), 413)
    assert [entry.external_id for entry in world.entries()] == ["1"]


def test_a_broken_configuration_goes_on_as_it_was(small: World) -> None:
    small.hand_over("1")
    users = [user("ann", "administrator")]
    small.save("acme", users=users, passengers=[{"name": ROUTE, "pushers": [], "colour": "red"}])
    small.hand_over("2")


def test_a_configuration_that_never_was_right(small: World) -> None:
    small.save("new", users=[user("ann", "administrator")], passengers=[{"name": ROUTE, "colour": "red"}])
    answer = _hand_over(small, _field("external_id", "1") + END, path=f"clients/new/passengers/{ROUTE}")
    assert problem(answer, 503)["errors"][0]["place"] == "passengers[0].colour"


def test_a_passenger_module_that_is_broken(small: World) -> None:
    small.save("acme", users=[user("ann", "administrator")], passengers=[{"name": "no.such.module"}])
    answer = _hand_over(small, _field("external_id", "1") + END, path="clients/acme/passengers/no.such.module")
    assert "cannot be imported" in problem(answer, 503)["detail"]


def test_a_client_that_is_moved_takes_nothing(world: World) -> None:
    with Holding(world.database, "acme", by="an export"):
        answer = _hand_over(world, _field("external_id", "1") + END)
    assert "moved" in problem(answer, 503)["detail"]
    assert answer.headers["retry-after"]
    assert world.entries() == []


def test_many_at_once_are_all_seated_once(world: World) -> None:
    answers: list[tuple[int, str]] = []

    def send(number: int) -> None:
        answer = _hand_over(world, _field("external_id", str(number % 20)) + END)
        answers.append((answer.status_code, answer.json()["internal_id"]))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in answers) == [200] * 20 + [201] * 20
    assert len(world.entries()) == 20
    assert {internal_id for _, internal_id in answers} == {entry.internal_id for entry in world.entries()}


class CountingQueue(PrimalQueue):
    """One of a user's own that only counts."""

    def seat(self, passengers: Sequence[object], *, puller: PluginConfig, now: datetime) -> SeatResult:
        if any(getattr(each, "external_id", "") == "unwanted" for each in passengers):
            return SeatResult(refused=len(passengers))
        told = super().seat(passengers, puller=puller, now=now)
        return SeatResult(told.seated, told.duplicates, told.refused)


CountingQueue.__module__ = "tests.web.api.test_seating"


def test_a_queue_that_only_counts(small: World) -> None:
    small.save(
        "acme",
        users=[user("ann", "administrator")],
        passengers=[{"name": ROUTE, "queue": "tests.web.api.test_seating"}],
    )
    first = _hand_over(small, _field("external_id", "1") + END)
    assert first.json() == {"internal_id": small.entries()[0].internal_id, "is_duplicate": False}
    second = _hand_over(small, _field("external_id", "1") + END)
    assert (second.status_code, second.json()) == (200, {"internal_id": "", "is_duplicate": True})
    assert "location" not in second.headers
    assert "refused" in problem(_hand_over(small, _field("external_id", "unwanted") + END), 422)["detail"]


@pytest.mark.parametrize("external_id", ["a\0b", "ü€😀", "a" * 10_000, "  blanks  ", "'; drop table queue; --"])
def test_odd_ids(world: World, external_id: str) -> None:
    internal_id = world.hand_over(external_id)
    assert world.get(f"clients/acme/queue/{internal_id}")["external_id"] == external_id


def test_what_was_handed_over_is_driven_to_its_target(world: World, tmp_path: Path) -> None:
    pusher = {"module": "databus.pusher.files", "name": "out", "settings": {"url": str(tmp_path / "out")}}
    world.save("acme", users=[user("ann", "administrator")], passengers=[{"name": ROUTE, "pushers": [pusher]}])
    ids = [world.hand_over(str(number), (f"{number}.txt", f"content {number}".encode())) for number in range(3)]
    summary = drive_route(world.database, known_client(world.database, "acme"), ROUTE)
    assert (summary.notified, summary.pushed, summary.failed, summary.error) == (3, 3, 0, "")
    found = {path.read_text() for path in (tmp_path / "out").rglob("*.txt")}
    assert found == {"content 0", "content 1", "content 2"}
    later = utc_now() + timedelta(seconds=1)
    assert [state(world.entry(each), later) for each in ids] == [State.COMPLETE] * 3


def test_a_database_that_is_away_is_told_and_nobody_is_forgotten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreUnreachable("no answer")

    content = _field("external_id", "1") + END
    with monkeypatch.context() as patched:
        patched.setattr(world.database, "seat", fail)
        answer = _hand_over(world, content)
        problem(answer, 503)
        assert answer.headers["retry-after"]
    assert world.expedited == []
    assert _hand_over(world, content).status_code == 201


def test_what_is_seated_is_seated_though_its_log_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreUnreachable("no answer")

    monkeypatch.setattr(world.database, "append_log", fail)
    assert _hand_over(world, _field("external_id", "1") + END).status_code == 201
    assert len(world.entries()) == 1
