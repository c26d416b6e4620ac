"""A few contents at a time."""

import io
import threading

import pytest

from databus.operating.preview import looking
from databus.operating.preview.looking import SIDE_BY_SIDE, Previews
from databus.operating.preview.records import Kind


class Held(io.BytesIO):
    """A content that comes when it is let go."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.asked, self.let_go = threading.Event(), threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        self.asked.set()
        self.let_go.wait(60)
        return super().read(size)


def test_no_more_than_a_few_are_in_memory_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "PATIENCE", 0.01)
    previews = Previews()
    held = [Held(b"a text") for _ in range(SIDE_BY_SIDE)]
    threads = [threading.Thread(target=previews.look_at, args=("a.txt", each)) for each in held]
    for thread, each in zip(threads, held, strict=True):
        thread.start()
        assert each.asked.wait(60)
    refused = previews.look_at("a.txt", io.BytesIO(b"another"))
    assert (refused.kind, refused.notes) == (Kind.OTHER, ["Other previews take their time: try again in a moment."])
    for thread, each in zip(threads, held, strict=True):
        each.let_go.set()
        thread.join(60)
    assert previews.look_at("a.txt", io.BytesIO(b"another")).text == "another"
