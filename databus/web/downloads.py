"""Contents as they are: as downloads, of which the browser shows none, and as pictures."""

import contextlib
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool

from databus.errors import NotFound
from databus.operating.preview.kinds import picture_type
from databus.operating.preview.pictures import may_be_shown
from databus.operating.preview.records import Kind
from databus.operating.preview.samples import MOST, read_beginning
from databus.web.headers import INERT_POLICY
from databus.web.rendering import segment
from databus.web.streaming import Streaming

MEDIA_TYPE = "application/octet-stream"

PIECE = 2**16


def download_headers(name: str) -> dict[str, str]:
    """Return what makes the answer a file of that name."""
    return _headers("attachment", name)


def _headers(disposition: str, name: str) -> dict[str, str]:
    file_name = segment(name.replace("/", "_").replace("\\", "_"))
    return {
        "content-disposition": f"{disposition}; filename*=UTF-8''{file_name}",
        "content-security-policy": INERT_POLICY,
    }


def streamed(stream: BinaryIO, name: str) -> Streaming:
    """Return a stream as a file of that name, in pieces; it is closed at the end."""
    close = partial(run_in_threadpool, stream.close)
    return Streaming(_pieces(stream), close, media_type=MEDIA_TYPE, headers=download_headers(name))


def shown_picture(stream: BinaryIO, name: str) -> Streaming:
    """Return a stream as a picture that a page of ours may show, in pieces; it is closed at the end.

    Raises:
        NotFound: It is none, or a browser would need too much memory for it.
    """
    with contextlib.ExitStack() as until_answered:
        until_answered.callback(stream.close)
        beginning = read_beginning(stream, MOST[Kind.PICTURE])
        if not may_be_shown(beginning):
            raise NotFound("This attachment is no picture that could be shown: download it.")
        until_answered.pop_all()
    pieces, close = chain([beginning], _pieces(stream)), partial(run_in_threadpool, stream.close)
    return Streaming(pieces, close, media_type=picture_type(beginning), headers=_headers("inline", name))


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece
