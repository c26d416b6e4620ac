"""Contents as downloads, whatever they are: the browser shows none of them."""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool

from databus.web.headers import INERT_POLICY
from databus.web.rendering import segment
from databus.web.streaming import Streaming

MEDIA_TYPE = "application/octet-stream"

PIECE = 2**16


def download_headers(name: str) -> dict[str, str]:
    """Return what makes the answer a file of that name."""
    file_name = segment(name.replace("/", "_").replace("\\", "_"))
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{file_name}",
        "content-security-policy": INERT_POLICY,
    }


def streamed(stream: BinaryIO, name: str) -> Streaming:
    """Return a stream as a file of that name, in pieces; it is closed at the end."""
    close = partial(run_in_threadpool, stream.close)
    return Streaming(_pieces(stream), close, media_type=MEDIA_TYPE, headers=download_headers(name))


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece
