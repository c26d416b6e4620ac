"""Contents as downloads, whatever they are: the browser shows none of them."""

import contextlib
from collections.abc import Iterator
from typing import BinaryIO

from starlette.responses import StreamingResponse

from databus.web.headers import INERT_POLICY
from databus.web.rendering import segment

MEDIA_TYPE = "application/octet-stream"

PIECE = 2**16


def download_headers(name: str) -> dict[str, str]:
    """Return what makes the answer a file of that name."""
    file_name = segment(name.replace("/", "_").replace("\\", "_"))
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{file_name}",
        "content-security-policy": INERT_POLICY,
    }


def streamed(stream: BinaryIO, name: str) -> StreamingResponse:
    """Return a stream as a file of that name, in pieces; it is closed at the end."""
    return StreamingResponse(_pieces(stream), media_type=MEDIA_TYPE, headers=download_headers(name))


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    with contextlib.closing(stream):
        while piece := stream.read(PIECE):
            yield piece
